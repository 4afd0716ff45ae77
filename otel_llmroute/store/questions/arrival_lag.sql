-- Question: How long after it ended does a call arrive here?
-- Grain: one row per service.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: attempts and charges; seconds, below 0 when a clock is wrong; newest_call: when the newest ended, UTC.
-- Of a call that was delivered again the newest delivery is measured.
WITH ends AS
(
    SELECT
        toString(c.service) AS service,
        addNanoseconds(c.ts, toInt64(c.duration_ns)) AS ended,
        dateDiff('millisecond', toDateTime64(ended, 3, 'UTC'), toDateTime64(c.received_at, 3, 'UTC')) AS lag_ms
    FROM llm_calls AS c
    WHERE c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
        -- filters: llm_calls AS c
)
SELECT
    e.service AS name, count() AS records,
    quantileExact(0.5)(e.lag_ms) / 1000 AS lag_p50_s, quantileExact(0.95)(e.lag_ms) / 1000 AS lag_p95_s, max(e.lag_ms) / 1000 AS lag_max_s,
    formatDateTime(toDateTime(max(e.ended), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS newest_call
FROM ends AS e
GROUP BY name
ORDER BY records DESC, name
LIMIT {limit:UInt32}
