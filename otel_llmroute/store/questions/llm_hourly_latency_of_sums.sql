-- Question: What does llm_hourly_latency hold, where hours are summed?
-- Grain: as llm_hourly_latency; of a day that is read whole one row with the day as its hour, where its hours have many. Stands
--   in the place of llm_hourly_latency in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_hourly_latency: starts of the days that are read whole, UTC; builds_of_llm_hourly_latency: their builds;
--   calls_of_llm_hourly_latency: hours that are not summed, UTC: llm_hourly_latency_of_records says what they hold.
-- Unit: as llm_hourly_latency.
SELECT
    hour, measure, route, provider, model, seconds, attempts
FROM llm_hourly_latency_built
WHERE (hour, build) IN
(
    SELECT hour, build FROM llm_rollups_built FINAL
    WHERE name = 'llm_hourly_latency' AND toStartOfDay(hour, 'UTC') NOT IN {days_of_llm_hourly_latency:Array(DateTime('UTC'))}
        AND hour NOT IN {calls_of_llm_hourly_latency:Array(DateTime('UTC'))}
)
UNION ALL
SELECT
    day AS hour, measure, route, provider, model, seconds, attempts
FROM llm_daily_latency_built
WHERE day IN {days_of_llm_hourly_latency:Array(DateTime('UTC'))} AND build IN {builds_of_llm_hourly_latency:Array(UInt64)}
