-- Notes the newest build of llm_hourly_jobs, if it is whole and not noted yet; from then on it is read.
-- Grain: one row per hour of it. Parameters: none.
INSERT INTO llm_job_hours_built
WITH (SELECT max(build) FROM llm_job_hours_next WHERE build > (SELECT max(build) FROM llm_job_hours_built)) AS newest
SELECT hour, build, touched_at, delivered, repriced
FROM llm_job_hours_next
WHERE build = newest
    AND build IN (SELECT build FROM llm_hourly_jobs_built WHERE build = newest GROUP BY build HAVING count() = any(build_rows))
