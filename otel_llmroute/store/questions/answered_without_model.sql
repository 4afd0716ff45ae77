-- Question: How many requests did no model answer, and what would a model have cost?
-- Grain: one row per destination and currency of the estimate.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: routes (logical requests); avoided: the application's own estimates, in `currency`, of the routes that have one (estimated).
--   It is no part of any spend. A batch is answered by a model later: what that cost is in the spend of that time.
WITH
    -- The few that no model answered, each once: merging all deliveries to find them takes ten times as long.
    routes AS
    (
        SELECT DISTINCT
            r.ts AS ts, r.trace_id AS trace_id, r.span_id AS span_id, r.service AS service, toString(r.destination) AS destination,
            toString(r.avoided_currency) AS avoided_currency, r.avoided_cost AS avoided_cost
        FROM llm_route_records AS r
        WHERE r.destination NOT IN ('', 'model') AND r.ts >= {since:DateTime64(9, 'UTC')} AND r.ts < {until:DateTime64(9, 'UTC')}
            -- filters: llm_routes AS r
    )
SELECT
    destination AS name,
    avoided_currency AS currency,
    count() AS routes,
    countIf(avoided_cost IS NOT NULL) AS estimated,
    sum(toDecimal128(avoided_cost, 12)) AS avoided
FROM routes
GROUP BY name, currency
ORDER BY routes DESC, name, currency
LIMIT {limit:UInt32}
