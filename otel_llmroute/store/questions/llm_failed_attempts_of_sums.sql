-- Question: What does llm_failed_attempts hold, of days that are summed read as sums?
-- Grain: as llm_failed_attempts; of a day that is read whole one row for all that are alike, with the day as its hour. Stands in the
--   place of llm_failed_attempts in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_failed_attempts: starts of the days that are read whole, UTC; builds_of_llm_failed_attempts: their builds;
--   hours_of_llm_failed_attempts: all other hours that are asked for, UTC.
-- Unit: as llm_failed_attempts.
SELECT
    day AS hour, service, route, provider, model, error, failed, last_ts, last_trace
FROM llm_daily_failures_built
WHERE day IN {days_of_llm_failed_attempts:Array(DateTime('UTC'))} AND build IN {builds_of_llm_failed_attempts:Array(UInt64)}
UNION ALL
SELECT
    hour, service, route, provider, model, error, failed, last_ts, last_trace
FROM llm_failed_attempts
WHERE hour IN {hours_of_llm_failed_attempts:Array(DateTime('UTC'))}
