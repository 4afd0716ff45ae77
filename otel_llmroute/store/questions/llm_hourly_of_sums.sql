-- Question: What does llm_hourly hold, where hours are summed?
-- Grain: as llm_hourly; of a day that is read whole one row with the day as its hour, where its hours have many. Stands
--   in the place of llm_hourly in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_hourly: starts of the days that are read whole, UTC; builds_of_llm_hourly: their builds;
--   calls_of_llm_hourly: hours that are not summed, UTC: llm_hourly_of_records says what they hold.
-- Unit: as llm_hourly.
SELECT
    hour, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier,
    attempt_reason, outcome, purpose, records, requests, failed, sdk_retries, spend, spend_input, spend_cache_read,
    spend_cache_write, spend_output, spend_other, unpriced, partly_priced, no_usage, unanswered, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, duration_ns
FROM llm_hourly_built
WHERE (hour, build) IN
(
    SELECT hour, build FROM llm_rollups_built FINAL
    WHERE name = 'llm_hourly' AND toStartOfDay(hour, 'UTC') NOT IN {days_of_llm_hourly:Array(DateTime('UTC'))}
        AND hour NOT IN {calls_of_llm_hourly:Array(DateTime('UTC'))}
)
UNION ALL
SELECT
    day AS hour, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier,
    attempt_reason, outcome, purpose, records, requests, failed, sdk_retries, spend, spend_input, spend_cache_read,
    spend_cache_write, spend_output, spend_other, unpriced, partly_priced, no_usage, unanswered, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, duration_ns
FROM llm_daily_built
WHERE day IN {days_of_llm_hourly:Array(DateTime('UTC'))} AND build IN {builds_of_llm_hourly:Array(UInt64)}
