-- Question: What does llm_unpriced_attempts hold, of days that are summed read as sums?
-- Grain: as llm_unpriced_attempts; of a day that is read whole one row for all that are alike, with the day as its hour. Stands in the
--   place of llm_unpriced_attempts in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_unpriced_attempts: starts of the days that are read whole, UTC; builds_of_llm_unpriced_attempts: their builds;
--   hours_of_llm_unpriced_attempts: all other hours that are asked for, UTC.
-- Unit: as llm_unpriced_attempts.
SELECT
    day AS hour, service, route, provider, model, service_tier, attempts, input_tokens, output_tokens, last_ts
FROM llm_daily_unpriced_built
WHERE day IN {days_of_llm_unpriced_attempts:Array(DateTime('UTC'))} AND build IN {builds_of_llm_unpriced_attempts:Array(UInt64)}
UNION ALL
SELECT
    hour, service, route, provider, model, service_tier, attempts, input_tokens, output_tokens, last_ts
FROM llm_unpriced_attempts
WHERE hour IN {hours_of_llm_unpriced_attempts:Array(DateTime('UTC'))}
