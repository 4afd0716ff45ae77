-- Question: Which single jobs cost most, of the hundred dearest of each hour?
-- Grain: one row per job and currency.
-- Parameters: since, until: UTC, jobs that began between them count; limit: rows.
-- Unit: money in `currency`, minutes; as jobs_by. Up to a hundred rows that are narrowed by nothing are the dearest of all; of a
--   customer, say, that is so of those that are among the hundred of their hour.
SELECT
    h.job_id AS name, toString(h.currency) AS currency,
    h.jobs AS jobs, h.succeeded AS succeeded, h.failed_jobs AS failed_jobs, h.partial_jobs AS partial_jobs,
    h.abandoned_jobs AS abandoned_jobs, h.open_jobs AS open_jobs,
    if(h.records = 0, toDecimal128(0, 12), h.spend) AS spend,
    spend / jobs AS cost_per_job,
    spend / nullIf(succeeded, 0) AS cost_per_success,
    h.failed_spend AS failed_spend,
    h.review_minutes AS review_minutes,
    h.review_spend AS review_spend,
    h.revenue AS revenue,
    h.without_revenue AS without_revenue,
    h.mixed_jobs AS mixed_jobs,
    if(mixed_jobs > 0, NULL, revenue - spend) AS gross_margin,
    toFloat64(gross_margin) / nullIf(toFloat64(revenue), 0) AS margin_share,
    h.unpriced AS unpriced, h.partly_priced AS partly_priced, h.no_usage AS no_usage
FROM llm_hourly_jobs AS h
WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')} AND h.job_id != ''
    -- filters: llm_hourly_jobs AS h
ORDER BY spend DESC NULLS LAST, jobs DESC, name, currency
LIMIT {limit:UInt32}
