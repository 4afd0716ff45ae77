-- Sums the hours of llm_hourly_jobs that were noted last in llm_job_hours_next.
-- Grain: as llm_hourly_jobs_now, once per build, and one row without jobs per hour. Parameter: sums: what llm_hourly_jobs_now
-- makes of these hours. Nothing when they were summed before, or that was begun.
INSERT INTO llm_hourly_jobs_built
WITH
    (SELECT max(build) FROM llm_job_hours_next WHERE build > (SELECT max(build) FROM llm_hourly_jobs_built)) AS newest,
    sums AS
    (
{sums}
    )
SELECT s.*, newest AS build, count() OVER () AS build_rows
FROM
(
    SELECT * FROM sums
    UNION ALL
    SELECT
        hour, '', '', '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0
    FROM llm_job_hours_next
    WHERE build = newest
) AS s
