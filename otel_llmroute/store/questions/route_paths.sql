-- Question: Which model was asked for, which was chosen, and which answered?
-- Grain: one row per route, model asked for, chosen and served.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: routes (logical requests); candidates: how many there were on average, of those that said.
-- Times are compared as DateTime64: against a DateTime the engine passes over parts that begin in the last second.
SELECT
    toString(r.route) AS name, toString(r.requested_model) AS requested_model, toString(r.selected_model) AS selected_model,
    toString(r.served_model) AS served_model,
    count() AS routes,
    countIf(r.fallback_used) AS fallbacks,
    countIf(r.outcome = 'error') AS failed,
    sumIf(length(r.candidates), notEmpty(r.candidates)) / nullIf(countIf(notEmpty(r.candidates)), 0) AS candidates
FROM llm_routes AS r
WHERE r.ts >= {since:DateTime64(9, 'UTC')} AND r.ts < {until:DateTime64(9, 'UTC')}
    -- filters: llm_routes AS r
GROUP BY name, requested_model, selected_model, served_model
ORDER BY routes DESC, name, requested_model, selected_model, served_model
LIMIT {limit:UInt32}
