-- Sums a day of llm_measured_routes.
-- Grain: one row per service, route, plan, requested_model, selected_model, served_model, response_cache_result. Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_routes_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    r.service, r.route, r.plan, r.requested_model, r.selected_model, r.served_model, r.response_cache_result,
    sum(r.routes), sum(r.fallbacks), sum(r.failed), sum(r.candidates), sum(r.with_candidates)
FROM llm_measured_routes AS r
WHERE r.hour >= toDateTime('{day}', 'UTC') AND r.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY r.service, r.route, r.plan, r.requested_model, r.selected_model, r.served_model, r.response_cache_result
