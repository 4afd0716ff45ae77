-- Days whose newest sums are of all that was delivered for them.
-- Grain: one row per day: its start, seconds since 1970, and its build.
-- Parameters: rollup: the table of days; touched: what says which hours changed.
WITH delivered AS
(
    SELECT toStartOfDay(hour, 'UTC') AS day, max(touched_at) AS touched_at, sum(delivered) AS delivered, sum(repriced) AS repriced
    FROM {touched}
    GROUP BY day
)
SELECT toUnixTimestamp(b.day) AS start, b.build AS build
FROM llm_days_built AS b FINAL
WHERE b.name = '{rollup}' AND (b.day, b.touched_at, b.delivered, b.repriced) IN (SELECT day, touched_at, delivered, repriced FROM delivered)
ORDER BY start
