-- Question: What does llm_hourly hold of some calls alone, chosen by what it has no column for?
-- Grain: as llm_hourly. Stands in its place in the questions of boards (boards/filters.py), whose periods apply to it.
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
    count() AS records,
    countIf(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1) AS requests,
    countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
    sum(toUInt64(ifNull(c.sdk_retries, 0))) AS sdk_retries,
    sum(c.cost) AS spend,
    sum(c.cost_input) AS spend_input,
    sum(c.cost_cache_read) AS spend_cache_read,
    sum(c.cost_cache_write) AS spend_cache_write,
    sum(c.cost_output) AS spend_output,
    sum(c.cost_other) AS spend_other,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
    countIf(c.cost_status = 'partial') AS partly_priced,
    countIf(c.cost_status = 'no_usage') AS no_usage,
    sum(c.input_tokens) AS input_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens,
    sum(c.cache_write_tokens) AS cache_write_tokens,
    sum(c.output_tokens) AS output_tokens
FROM llm_calls AS c
WHERE true
    -- filters: llm_calls AS c
GROUP BY
    hour, c.kind, c.currency, c.service, c.route, c.reason, c.provider, c.model, c.plan, c.feature, c.task, c.risk,
    c.service_tier, c.attempt_reason, c.outcome, c.purpose
