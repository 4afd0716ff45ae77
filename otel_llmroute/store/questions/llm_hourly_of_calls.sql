-- Question: What does llm_hourly hold of some calls alone, chosen by what it has no column for?
-- Grain: one row per attempt or charge. Stands in the place of llm_hourly in the questions of boards (boards/filters.py),
--   whose periods apply to it.
-- Parameters: those of the filters.
-- Unit: as llm_hourly.
SELECT
    c.hour AS hour,
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
    c.records AS records,
    c.requests AS requests,
    c.failed AS failed,
    c.sdk_retries AS sdk_retries,
    c.spend AS spend,
    c.spend_input AS spend_input,
    c.spend_cache_read AS spend_cache_read,
    c.spend_cache_write AS spend_cache_write,
    c.spend_output AS spend_output,
    c.spend_other AS spend_other,
    c.unpriced AS unpriced,
    c.partly_priced AS partly_priced,
    c.no_usage AS no_usage,
    c.unanswered AS unanswered,
    c.input_tokens AS input_tokens,
    c.cache_read_tokens AS cache_read_tokens,
    c.cache_write_tokens AS cache_write_tokens,
    c.output_tokens AS output_tokens,
    c.reasoning_tokens AS reasoning_tokens,
    c.duration_ns AS duration_ns
FROM llm_measured_calls AS c
WHERE true
    -- filters: llm_calls AS c
