-- Sums a day of llm_hourly_jobs, of what is stored of its hours.
-- Grain: as llm_hourly_jobs, for the day; jobs that have rows of their own keep them. Parameters: day: its start, UTC; build: its
--   number.
INSERT INTO llm_daily_jobs_built
SELECT
    toDateTime('{day}', 'UTC') AS day,
    toUInt64({build}) AS build,
    h.tenant, h.plan, h.feature, h.service, h.job_name, h.currency, h.job_id,
    sum(h.jobs), sum(h.succeeded), sum(h.failed_jobs), sum(h.partial_jobs), sum(h.abandoned_jobs), sum(h.open_jobs),
    sum(h.records), sum(h.spend), sum(h.failed_spend), sum(h.review_minutes), sum(h.review_spend), sum(h.revenue),
    sum(h.without_revenue), sum(h.mixed_jobs), sum(h.unpriced), sum(h.partly_priced), sum(h.no_usage)
FROM llm_hourly_jobs_built AS h
WHERE h.jobs > 0 AND h.hour >= toDateTime('{day}', 'UTC') AND h.hour < toDateTime('{day}', 'UTC') + INTERVAL 1 DAY
    AND (h.hour, h.build) IN (SELECT hour, build FROM llm_job_hours_built FINAL)
GROUP BY h.tenant, h.plan, h.feature, h.service, h.job_name, h.currency, h.job_id
