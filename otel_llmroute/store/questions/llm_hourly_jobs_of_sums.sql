-- Question: What does llm_hourly_jobs hold, where every hour is summed?
-- Grain: as llm_hourly_jobs; of a day that is read whole one row with the day as its hour, where its hours have many. Stands in
--   the place of llm_hourly_jobs in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_hourly_jobs: starts of the days that are read whole, UTC; builds_of_llm_hourly_jobs: their builds.
-- Unit: as llm_hourly_jobs.
SELECT
    hour, tenant, plan, feature, service, job_name, currency, job_id, jobs, succeeded, failed_jobs, partial_jobs,
    abandoned_jobs, open_jobs, records, spend, failed_spend, review_minutes, review_spend, revenue, without_revenue,
    mixed_jobs, unpriced, partly_priced, no_usage
FROM llm_hourly_jobs_built
WHERE jobs > 0 AND (hour, build) IN
(
    SELECT hour, build FROM llm_job_hours_built FINAL WHERE toStartOfDay(hour, 'UTC') NOT IN {days_of_llm_hourly_jobs:Array(DateTime('UTC'))}
)
UNION ALL
SELECT
    day AS hour, tenant, plan, feature, service, job_name, currency, job_id, jobs, succeeded, failed_jobs, partial_jobs,
    abandoned_jobs, open_jobs, records, spend, failed_spend, review_minutes, review_spend, revenue, without_revenue,
    mixed_jobs, unpriced, partly_priced, no_usage
FROM llm_daily_jobs_built
WHERE day IN {days_of_llm_hourly_jobs:Array(DateTime('UTC'))} AND build IN {builds_of_llm_hourly_jobs:Array(UInt64)}
