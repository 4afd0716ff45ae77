-- Sums a day of llm_hourly_latency.
-- Grain: as llm_hourly_latency, for the day. Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_latency_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    h.measure, h.route, h.provider, h.model, h.seconds,
    sum(h.attempts)
FROM llm_hourly_latency AS h
WHERE h.hour >= toDateTime('{day}', 'UTC') AND h.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY h.measure, h.route, h.provider, h.model, h.seconds
