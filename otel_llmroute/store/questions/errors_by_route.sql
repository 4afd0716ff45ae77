-- Question: Which errors do routes meet, and where?
-- Grain: one row per route, provider, model and error.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: attempts that failed; last_trace: the trace of the last of them, last_seen: when it began, UTC.
SELECT
    toString(f.route) AS name, toString(f.provider) AS provider, toString(f.model) AS model, toString(f.error) AS error,
    sum(f.failed) AS failed, formatDateTime(toDateTime(max(f.last_ts), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS last_seen,
    argMax(f.last_trace, f.last_ts) AS last_trace
FROM llm_failed_attempts AS f
WHERE f.hour >= {since:DateTime('UTC')} AND f.hour < {until:DateTime('UTC')}
    -- filters: llm_failed_attempts AS f
GROUP BY name, provider, model, error
ORDER BY failed DESC, name, provider, model, error
LIMIT {limit:UInt32}
