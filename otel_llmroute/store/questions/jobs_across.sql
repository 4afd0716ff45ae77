-- Question: Which jobs have calls before a moment and go on after it?
-- Grain: one row. Parameter: before: a moment in UTC.
-- Unit: jobs.
SELECT uniqExact(c.job_id) AS jobs
FROM llm_calls AS c
WHERE c.job_id != '' AND c.ts < {before:DateTime64(9, 'UTC')}
    AND (
        c.job_id IN (SELECT job_id FROM llm_call_records WHERE ts >= {before:DateTime64(9, 'UTC')})
        OR c.job_id IN (SELECT job_id FROM llm_job_records WHERE ts >= {before:DateTime64(9, 'UTC')}))
