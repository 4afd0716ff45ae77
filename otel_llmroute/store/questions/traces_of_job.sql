-- Question: In which traces was a job worked on?
-- Grain: one row per trace, the earliest first.
-- Parameters: job_id; since, until: UTC, what began between them counts; limit: rows.
WITH records AS
(
    SELECT c.trace_id AS trace_id, c.ts AS ts
    FROM llm_calls AS c
    WHERE c.job_id = {job_id:String} AND c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
    UNION ALL
    SELECT r.trace_id, r.ts
    FROM llm_routes AS r
    WHERE r.job_id = {job_id:String} AND r.ts >= {since:DateTime64(9, 'UTC')} AND r.ts < {until:DateTime64(9, 'UTC')}
)
SELECT trace_id AS trace
FROM records
WHERE trace_id != ''
GROUP BY trace
ORDER BY min(ts), trace
LIMIT {limit:UInt32}
