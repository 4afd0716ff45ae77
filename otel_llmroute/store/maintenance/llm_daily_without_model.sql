-- Sums a day of llm_routes_without_model.
-- Grain: one row per service, route, plan, destination, avoided_currency. Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_without_model_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    r.service, r.route, r.plan, r.destination, r.avoided_currency,
    sum(r.routes), sum(r.estimated), sum(r.avoided)
FROM llm_routes_without_model AS r
WHERE r.hour >= toDateTime('{day}', 'UTC') AND r.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY r.service, r.route, r.plan, r.destination, r.avoided_currency
