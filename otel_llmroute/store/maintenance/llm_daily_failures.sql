-- Sums a day of llm_failed_attempts.
-- Grain: one row per service, route, provider, model, error. Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_failures_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    f.service, f.route, f.provider, f.model, f.error,
    sum(f.failed), max(f.last_ts), argMax(f.last_trace, f.last_ts)
FROM llm_failed_attempts AS f
WHERE f.hour >= toDateTime('{day}', 'UTC') AND f.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY f.service, f.route, f.provider, f.model, f.error
