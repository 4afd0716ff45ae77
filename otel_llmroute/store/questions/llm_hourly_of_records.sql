-- Question: What does llm_hourly hold of hours that are not summed, where no cost was computed anew?
-- Grain: one row per attempt or charge. Stands beside llm_hourly_of_sums in the questions of boards
--   (boards/stored.py), whose periods apply to it. It says what llm_measured_calls says, from the records themselves: to plan
--   the view takes longer than to read them.
-- Parameters: calls_of_llm_hourly: the hours, UTC; none of them has a cost in llm_costs.
-- Unit: as llm_hourly.
SELECT
    toStartOfHour(c.ts, 'UTC') AS hour,
    c.kind AS kind,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.outcome AS outcome,
    c.purpose AS purpose,
    toUInt64(1) AS records,
    CAST(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1, 'UInt64') AS requests,
    CAST(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error')), 'UInt64') AS failed,
    toUInt64(ifNull(c.sdk_retries, 0)) AS sdk_retries,
    toDecimal128(c.cost, 12) AS spend,
    toDecimal128(c.cost_input, 12) AS spend_input,
    toDecimal128(c.cost_cache_read, 12) AS spend_cache_read,
    toDecimal128(c.cost_cache_write, 12) AS spend_cache_write,
    toDecimal128(c.cost_output, 12) AS spend_output,
    toDecimal128(c.cost_other, 12) AS spend_other,
    CAST(c.cost IS NULL AND c.cost_status != 'no_usage', 'UInt64') AS unpriced,
    CAST(c.cost_status = 'partial', 'UInt64') AS partly_priced,
    CAST(c.cost_status = 'no_usage' AND NOT c.unanswered, 'UInt64') AS no_usage,
    CAST(c.cost_status = 'no_usage' AND c.unanswered, 'UInt64') AS unanswered,
    c.input_tokens AS input_tokens,
    c.cache_read_tokens AS cache_read_tokens,
    c.cache_write_tokens AS cache_write_tokens,
    c.output_tokens AS output_tokens,
    c.reasoning_tokens AS reasoning_tokens,
    c.duration_ns AS duration_ns
FROM llm_call_records AS c FINAL
WHERE toStartOfHour(c.ts, 'UTC') IN {calls_of_llm_hourly:Array(DateTime('UTC'))}
