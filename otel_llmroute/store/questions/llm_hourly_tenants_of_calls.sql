-- Question: What does llm_hourly_tenants hold of some calls alone, chosen by what it has no column for?
-- Grain: one row per attempt or charge. Stands in the place of llm_hourly_tenants in the questions of boards (boards/filters.py),
--   whose periods apply to it.
-- Parameters: those of the filters.
-- Unit: as llm_hourly_tenants.
SELECT
    c.hour AS hour,
    c.tenant AS tenant,
    c.plan AS plan,
    c.currency AS currency,
    c.records AS records,
    c.requests AS requests,
    c.failed AS failed,
    c.sdk_retries AS sdk_retries,
    c.spend AS spend,
    c.unpriced AS unpriced,
    c.partly_priced AS partly_priced,
    c.no_usage AS no_usage,
    c.input_tokens AS input_tokens,
    c.cache_read_tokens AS cache_read_tokens,
    c.cache_write_tokens AS cache_write_tokens,
    c.output_tokens AS output_tokens,
    c.reasoning_tokens AS reasoning_tokens
FROM llm_measured_calls AS c
WHERE true
    -- filters: llm_calls AS c
