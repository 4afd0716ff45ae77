-- Question: Which model was asked for, which was chosen, and which answered?
-- Grain: one row per route, model asked for, chosen and served.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: routes (logical requests); candidates: how many there were on average, of those that said.
SELECT
    toString(r.route) AS name, toString(r.requested_model) AS requested_model, toString(r.selected_model) AS selected_model,
    toString(r.served_model) AS served_model,
    sum(r.routes) AS routes, sum(r.fallbacks) AS fallbacks, sum(r.failed) AS failed,
    sum(r.candidates) / nullIf(sum(r.with_candidates), 0) AS candidates
FROM llm_measured_routes AS r
WHERE r.hour >= {since:DateTime('UTC')} AND r.hour < {until:DateTime('UTC')}
    -- filters: llm_measured_routes AS r
GROUP BY r.route, r.requested_model, r.selected_model, r.served_model
ORDER BY routes DESC, name, requested_model, selected_model, served_model
LIMIT {limit:UInt32}
