-- Question: How long after it ended does a call arrive here?
-- Grain: one row per service.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: attempts and charges; seconds, below 0 when a clock is wrong; p50 and p95 within 2.5 %; newest_call: when the newest
--   ended, UTC.
-- Of a call that was delivered again the newest delivery is measured.
SELECT
    toString(a.service) AS name, sum(a.records) AS records,
    quantileExactWeighted(0.5)(a.lag_s, a.records) AS lag_p50_s, quantileExactWeighted(0.95)(a.lag_s, a.records) AS lag_p95_s,
    max(a.most_lag_ms) / 1000 AS lag_max_s,
    formatDateTime(toDateTime(max(a.last_end), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS newest_call
FROM llm_arrivals AS a
WHERE a.hour >= {since:DateTime('UTC')} AND a.hour < {until:DateTime('UTC')}
    -- filters: llm_arrivals AS a
GROUP BY name
ORDER BY lag_p95_s DESC, records DESC, name
LIMIT {limit:UInt32}
