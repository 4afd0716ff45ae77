-- Question: What does llm_arrivals hold, of days that are summed read as sums?
-- Grain: as llm_arrivals; of a day that is read whole one row for all that are alike, with the day as its hour. Stands in the
--   place of llm_arrivals in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_arrivals: starts of the days that are read whole, UTC; builds_of_llm_arrivals: their builds;
--   hours_of_llm_arrivals: all other hours that are asked for, UTC.
-- Unit: as llm_arrivals.
SELECT
    day AS hour, service, lag_s, last_end, most_lag_ms, records, late, ahead, unpriced, partly_priced, no_usage, sampled_out
FROM llm_daily_arrivals_built
WHERE day IN {days_of_llm_arrivals:Array(DateTime('UTC'))} AND build IN {builds_of_llm_arrivals:Array(UInt64)}
UNION ALL
SELECT
    hour, service, lag_s, last_end, most_lag_ms, records, late, ahead, unpriced, partly_priced, no_usage, sampled_out
FROM llm_arrivals
WHERE hour IN {hours_of_llm_arrivals:Array(DateTime('UTC'))}
