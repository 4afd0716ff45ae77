-- Question: What does a job cost, and what is left of what it earns, by customer, plan or job?
-- Grain: one row per value of the asked column and currency.
-- Parameters: by: tenant, plan, feature, job_name, service or everything; since, until: UTC, jobs that began between them count;
--   limit: rows.
-- Unit: money in `currency`, minutes. A job costs what all its calls cost, also those after `until`.
-- cost_per_success: all spend of the row, of failed jobs too, for each job that succeeded. gross_margin: revenue less all
--   spend of the row; NULL when no revenue, or nothing of the spend, is known, or when some of the jobs have money in another
--   currency too (mixed_jobs, which each of their currencies counts). Jobs without revenue are counted apart.
-- review_minutes are of the jobs; what a review cost is in the spend when it was recorded as a charge.
-- A job without a span of its own begins with its first call, and is of the customer of that call.
WITH
    hours AS
    (
        SELECT h.*, '' AS everything
        FROM llm_hourly_jobs AS h
        WHERE h.hour >= {since:DateTime('UTC')} AND h.hour < {until:DateTime('UTC')}
            -- filters: llm_hourly_jobs AS h
    )
SELECT
    toString({by:Identifier}) AS name, toString(h.currency) AS currency,
    sum(h.jobs) AS jobs,
    sum(h.succeeded) AS succeeded,
    sum(h.failed_jobs) AS failed_jobs,
    sum(h.partial_jobs) AS partial_jobs,
    sum(h.abandoned_jobs) AS abandoned_jobs,
    sum(h.open_jobs) AS open_jobs,
    if(sum(h.records) = 0, toDecimal128(0, 12), sum(h.spend)) AS spend,
    spend / jobs AS cost_per_job,
    spend / nullIf(succeeded, 0) AS cost_per_success,
    sum(h.failed_spend) AS failed_spend,
    sum(h.review_minutes) AS review_minutes,
    sum(h.review_spend) AS review_spend,
    sum(h.revenue) AS revenue,
    sum(h.without_revenue) AS without_revenue,
    sum(h.mixed_jobs) AS mixed_jobs,
    if(mixed_jobs > 0, NULL, revenue - spend) AS gross_margin,
    toFloat64(gross_margin) / nullIf(toFloat64(revenue), 0) AS margin_share,
    sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced, sum(h.no_usage) AS no_usage
FROM hours AS h
GROUP BY name, currency
-- Those who cost more than they earn come first, and what earns nothing that is known after all that does. Kinds of job are asked
-- for what they cost.
ORDER BY if({by:String} = 'job_name', NULL, gross_margin) ASC NULLS LAST, spend DESC NULLS LAST, jobs DESC, name, currency
LIMIT {limit:UInt32}
