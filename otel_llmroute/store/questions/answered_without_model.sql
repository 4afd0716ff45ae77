-- Question: How many requests did no model answer, and what would a model have cost?
-- Grain: one row per destination and currency of the estimate.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: routes (logical requests); avoided: the application's own estimates, in `currency`, of the routes that have one (estimated).
--   It is no part of any spend. A batch is answered by a model later: what that cost is in the spend of that time.
SELECT
    toString(r.destination) AS name,
    toString(r.avoided_currency) AS currency,
    sum(r.routes) AS routes,
    sum(r.estimated) AS estimated,
    sum(r.avoided) AS avoided
FROM llm_routes_without_model AS r
WHERE r.hour >= {since:DateTime('UTC')} AND r.hour < {until:DateTime('UTC')}
    -- filters: llm_routes_without_model AS r
GROUP BY name, currency
ORDER BY routes DESC, name, currency
LIMIT {limit:UInt32}
