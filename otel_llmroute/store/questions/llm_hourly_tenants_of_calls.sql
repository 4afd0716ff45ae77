-- Question: What does llm_hourly_tenants hold of some calls alone, chosen by what it has no column for?
-- Grain: as llm_hourly_tenants. Stands in its place in the questions of boards (boards/filters.py), whose periods apply to it.
-- Parameters: those of the filters.
-- Unit: as llm_hourly_tenants.
SELECT
    c.hour AS hour,
    c.tenant AS tenant,
    c.plan AS plan,
    c.currency AS currency,
    count() AS records,
    countIf(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1) AS requests,
    countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
    sum(c.cost) AS spend,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
    countIf(c.cost_status = 'partial') AS partly_priced,
    countIf(c.cost_status = 'no_usage') AS no_usage,
    sum(c.input_tokens) AS input_tokens,
    sum(c.output_tokens) AS output_tokens
FROM llm_calls AS c
WHERE true
    -- filters: llm_calls AS c
GROUP BY hour, c.tenant, c.plan, c.currency
