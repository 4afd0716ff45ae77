-- Question: Which sums per hour have to be made, and how many stored builds are no longer read?
-- Grain: one row per roll-up.
-- Parameters: none.
-- Unit: hours; rows.
WITH
    builds AS
    (
        SELECT 'llm_hourly' AS name, hour, build FROM llm_hourly_built
        UNION ALL
        SELECT 'llm_hourly_tenants' AS name, hour, build FROM llm_hourly_tenants_built
        UNION ALL
        SELECT 'llm_hourly_latency' AS name, hour, build FROM llm_hourly_latency_built
        UNION ALL
        SELECT 'llm_hourly_jobs' AS name, hour, build FROM llm_hourly_jobs_built
        UNION ALL
        SELECT 'llm_hourly_experiments' AS name, hour, build FROM llm_hourly_experiments_built
    ),
    read AS
    (
        SELECT toString(name) AS name, hour, build FROM llm_rollups_built FINAL
        UNION ALL
        SELECT 'llm_hourly_jobs' AS name, hour, build FROM llm_job_hours_built FINAL
        UNION ALL
        SELECT 'llm_hourly_experiments' AS name, hour, build FROM llm_experiment_hours_built FINAL
    ),
    due AS
    (
        SELECT toString(name) AS name, hour FROM llm_rollups_due
        UNION ALL
        SELECT 'llm_hourly_jobs' AS name, hour FROM llm_job_hours_due
        UNION ALL
        SELECT 'llm_hourly_experiments' AS name, hour FROM llm_experiment_hours_due
    )
SELECT r.name AS name, d.hours_due AS hours_due, b.stored AS stored, b.outdated AS outdated
FROM (SELECT arrayJoin(['llm_hourly', 'llm_hourly_tenants', 'llm_hourly_latency', 'llm_hourly_jobs', 'llm_hourly_experiments']) AS name) AS r
LEFT JOIN (SELECT name, count() AS hours_due FROM due GROUP BY name) AS d ON r.name = d.name
LEFT JOIN
(
    SELECT name, count() AS stored, countIf((name, hour, build) NOT IN (SELECT name, hour, build FROM read)) AS outdated
    FROM builds
    GROUP BY name
) AS b ON r.name = b.name
ORDER BY name
