-- Question: What does llm_hourly_experiments hold, where every hour is summed?
-- Grain: as llm_hourly_experiments; of a day that is read whole one row with the day as its hour, where its hours have many. Stands
--   in the place of llm_hourly_experiments in the questions of boards (boards/stored.py), whose periods apply to it.
-- Parameters: days_of_llm_hourly_experiments: starts of the days that are read whole, UTC; builds_of_llm_hourly_experiments: their
--   builds.
-- Unit: as llm_hourly_experiments.
SELECT
    hour, part, experiment, variant, currency, seconds, unit, at, records, attempts, spend, unpriced, partly_priced, no_usage,
    routes, answered, failed, routed_spend, answered_spend, squares, jobs, succeeded, shared_jobs, job_spend, paid_jobs, outcome, told_at,
    build
FROM llm_hourly_experiments_built
WHERE (part IN ('route', 'job') OR (part != '' AND toStartOfDay(hour, 'UTC') NOT IN {days_of_llm_hourly_experiments:Array(DateTime('UTC'))}))
    AND (hour, build) IN (SELECT hour, build FROM llm_experiment_hours_built FINAL)
UNION ALL
SELECT
    day AS hour, part, experiment, variant, currency, seconds, '' AS unit, day AS at, records, attempts, spend, unpriced, partly_priced,
    no_usage, routes, answered, failed, routed_spend, answered_spend, squares, jobs, succeeded, shared_jobs, job_spend, paid_jobs,
    '' AS outcome, toDateTime64(0, 9, 'UTC') AS told_at, build
FROM llm_daily_experiments_built
WHERE day IN {days_of_llm_hourly_experiments:Array(DateTime('UTC'))} AND build IN {builds_of_llm_hourly_experiments:Array(UInt64)}
