-- Question: Which errors do routes meet, and where?
-- Grain: one row per route, provider, model and error.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: attempts that failed; last_trace: the trace of the last of them, last_seen: when it began, UTC.
SELECT
    toString(c.route) AS name, toString(c.provider) AS provider, toString(c.model) AS model, toString(c.error_type) AS error,
    count() AS failed, formatDateTime(toDateTime(max(c.ts), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS last_seen, argMax(c.trace_id, c.ts) AS last_trace
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))
    AND c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
    -- filters: llm_calls AS c
GROUP BY name, provider, model, error
ORDER BY failed DESC, name, provider, model, error
LIMIT {limit:UInt32}
