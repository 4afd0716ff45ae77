-- Days that are over and not summed, or no longer as they were when they were, the newest first. What came last came a minute
-- ago or more, so that what is under way has arrived; of older days calls may be gone.
-- Grain: one row per day: its start, UTC, and what was delivered for it.
-- Parameters: rollup: the table of days; touched: what says which hours changed; days: how many at most.
WITH
    (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls') AS kept_since,
    delivered AS
    (
        SELECT toStartOfDay(hour, 'UTC') AS day, max(touched_at) AS touched_at, sum(delivered) AS delivered, sum(repriced) AS repriced
        FROM {touched}
        GROUP BY day
    )
SELECT toString(d.day) AS start, d.touched_at AS touched_at, d.delivered AS delivered, d.repriced AS repriced
FROM delivered AS d
WHERE d.day < toStartOfDay(now('UTC'), 'UTC') AND d.day > kept_since AND d.touched_at < now64(3) - INTERVAL 60 SECOND
    AND (d.day, d.touched_at, d.delivered, d.repriced) NOT IN (SELECT day, touched_at, delivered, repriced FROM llm_days_built FINAL WHERE name = '{rollup}')
ORDER BY d.day DESC
LIMIT {days}
