-- Sums a day of llm_unpriced_attempts.
-- Grain: one row per service, route, provider, model, service_tier. Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_unpriced_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    u.service, u.route, u.provider, u.model, u.service_tier,
    sum(u.attempts), sum(u.input_tokens), sum(u.output_tokens), max(u.last_ts)
FROM llm_unpriced_attempts AS u
WHERE u.hour >= toDateTime('{day}', 'UTC') AND u.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY u.service, u.route, u.provider, u.model, u.service_tier
