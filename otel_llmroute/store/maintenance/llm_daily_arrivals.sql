-- Sums a day of llm_arrivals.
-- Grain: one row per service, lag_s. Parameters: day: its start, UTC; build: its number.
INSERT INTO llm_daily_arrivals_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    a.service, a.lag_s,
    max(a.last_end), max(a.most_lag_ms), sum(a.records), sum(a.late), sum(a.ahead), sum(a.unpriced), sum(a.partly_priced), sum(a.no_usage), sum(a.sampled_out)
FROM llm_arrivals AS a
WHERE a.hour >= toDateTime('{day}', 'UTC') AND a.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
GROUP BY a.service, a.lag_s
