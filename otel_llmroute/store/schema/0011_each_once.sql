-- Each call, route and decision once, however often it was delivered; each call at the cost that counts today.
CREATE OR REPLACE VIEW llm_calls AS
SELECT *, toStartOfHour(ts, 'UTC') AS hour
FROM llm_call_records FINAL
WHERE toStartOfHour(ts, 'UTC') NOT IN (SELECT hour FROM llm_repriced_hours)
UNION ALL
WITH toUnixTimestamp64Milli(c.computed_at) != 0 AND r.cost_source != 'provider' AS is_repriced
SELECT
    r.* REPLACE (
        if(is_repriced, c.cost, r.cost) AS cost,
        CAST(if(is_repriced, c.currency, r.currency), 'LowCardinality(String)') AS currency,
        CAST(if(is_repriced, c.cost_status, r.cost_status), 'LowCardinality(String)') AS cost_status,
        CAST(if(is_repriced, 'local', r.cost_source), 'LowCardinality(String)') AS cost_source,
        if(is_repriced, c.cost_input, r.cost_input) AS cost_input,
        if(is_repriced, c.cost_cache_read, r.cost_cache_read) AS cost_cache_read,
        if(is_repriced, c.cost_cache_write, r.cost_cache_write) AS cost_cache_write,
        if(is_repriced, c.cost_output, r.cost_output) AS cost_output,
        if(is_repriced, c.cost_other, r.cost_other) AS cost_other,
        CAST(if(is_repriced, c.price_version, r.price_version), 'LowCardinality(String)') AS price_version),
    toStartOfHour(r.ts, 'UTC') AS hour
FROM
(
    SELECT * FROM llm_call_records FINAL
    WHERE toStartOfHour(ts, 'UTC') IN (SELECT hour FROM llm_repriced_hours)
) AS r
LEFT JOIN
(
    SELECT * FROM llm_costs FINAL ORDER BY computed_at DESC LIMIT 1 BY ts, trace_id, span_id, service
) AS c ON r.ts = c.ts AND r.trace_id = c.trace_id AND r.span_id = c.span_id AND r.service = c.service
COMMENT 'One row per attempt or charge, at its current cost. cost NULL is not known, 0 is free.';

CREATE OR REPLACE VIEW llm_routes AS
SELECT * FROM llm_route_records FINAL
COMMENT 'One row per route, without money.';

CREATE OR REPLACE VIEW llm_decisions AS
SELECT * FROM llm_decision_records FINAL
COMMENT 'One row per decision, without money.';
