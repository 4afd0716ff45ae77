-- Question: What does llm_hourly_tenants hold, where hours are summed?
-- Grain: as llm_hourly_tenants; of a day that is read whole one row with the day as its hour, where its hours have many. Stands
--   in the place of llm_hourly_tenants in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_hourly_tenants: starts of the days that are read whole, UTC; builds_of_llm_hourly_tenants: their builds;
--   calls_of_llm_hourly_tenants: hours that are not summed, UTC: llm_hourly_tenants_of_records says what they hold.
-- Unit: as llm_hourly_tenants.
SELECT
    hour, tenant, plan, currency, records, requests, failed, sdk_retries, spend, unpriced, partly_priced,
    no_usage, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens
FROM llm_hourly_tenants_built
WHERE (hour, build) IN
(
    SELECT hour, build FROM llm_rollups_built FINAL
    WHERE name = 'llm_hourly_tenants' AND toStartOfDay(hour, 'UTC') NOT IN {days_of_llm_hourly_tenants:Array(DateTime('UTC'))}
        AND hour NOT IN {calls_of_llm_hourly_tenants:Array(DateTime('UTC'))}
)
UNION ALL
SELECT
    day AS hour, tenant, plan, currency, records, requests, failed, sdk_retries, spend, unpriced, partly_priced,
    no_usage, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens
FROM llm_daily_tenants_built
WHERE day IN {days_of_llm_hourly_tenants:Array(DateTime('UTC'))} AND build IN {builds_of_llm_hourly_tenants:Array(UInt64)}
