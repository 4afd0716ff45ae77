-- Question: What does a job cost, and what is left of what it earns, by customer, plan or job?
-- Grain: one row per value of the asked column and currency.
-- Parameters: by: tenant, plan, feature, job_name, job_id or everything; since, until: UTC, jobs that began between them count;
--   limit: rows.
-- Unit: money in `currency`, minutes. A job costs what its calls from `since` on cost, also after `until`.
-- cost_per_success: all spend of the row, of failed jobs too, for each job that succeeded. gross_margin: revenue less all
--   spend of the row; NULL when no revenue, or nothing of the spend, is known, or when some of the jobs have money in another
--   currency too (mixed_jobs, which each of their currencies counts). Jobs without revenue are counted apart.
-- review_minutes are of the jobs; what a review cost is in the spend when it was recorded as a charge.
-- A job without a span of its own begins with its first call in the period, and is of the customer of that call.
WITH
    calls AS
    (
        SELECT
            c.job_id AS job_id, toString(c.currency) AS currency, count() AS records, sum(c.cost) AS spend,
            sum(if(c.charge_kind = 'human_review', c.cost, NULL)) AS review_spend,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage') AS no_usage,
            min(c.ts) AS first_call,
            argMin(c.tenant, c.ts) AS tenant, argMin(c.plan, c.ts) AS plan, argMin(c.feature, c.ts) AS feature, argMin(c.service, c.ts) AS service,
            argMin(c.job_name, c.ts) AS job_name
        FROM llm_calls AS c
        WHERE c.job_id != '' AND c.hour >= {since:DateTime('UTC')}
        GROUP BY job_id, currency
    ),
    seen AS
    (
        SELECT
            c.job_id AS job_id, min(c.first_call) AS began, argMin(c.tenant, c.first_call) AS tenant, argMin(c.plan, c.first_call) AS plan,
            argMin(c.feature, c.first_call) AS feature, argMin(c.service, c.first_call) AS service, argMin(c.job_name, c.first_call) AS job_name
        FROM calls AS c
        GROUP BY job_id
    ),
    -- What was said of jobs that have calls in the period, or of which something was said since it began: no other begins in it.
    known AS
    (
        SELECT *
        FROM llm_jobs AS k
        WHERE k.job_id IN (
            SELECT c.job_id FROM llm_call_records AS c WHERE c.ts >= {since:DateTime64(9, 'UTC')}
            UNION ALL
            SELECT r.job_id FROM llm_job_records AS r WHERE r.ts >= {since:DateTime64(9, 'UTC')})
    ),
    jobs AS
    (
        SELECT
            if(k.job_id != '', k.job_id, s.job_id) AS job_id,
            if(k.spans > 0, k.started, if(s.job_id != '', toNullable(s.began), NULL)) AS began,
            if(k.tenant != '', k.tenant, s.tenant) AS tenant,
            if(k.plan != '', toString(k.plan), toString(s.plan)) AS plan,
            if(k.feature != '', toString(k.feature), toString(s.feature)) AS feature,
            if(k.service != '', toString(k.service), toString(s.service)) AS service,
            if(k.name != '', toString(k.name), toString(s.job_name)) AS job_name,
            toString(k.outcome) AS outcome, k.review_minutes AS review_minutes, k.revenue AS revenue, toString(k.revenue_currency) AS revenue_currency
        FROM known AS k
        FULL OUTER JOIN seen AS s ON k.job_id = s.job_id
    ),
    chosen AS
    (
        SELECT j.*, '' AS everything
        FROM jobs AS j
        WHERE j.began >= {since:DateTime64(9, 'UTC')} AND j.began < {until:DateTime64(9, 'UTC')}
            -- filters: llm_jobs AS j
    ),
    -- Money of a job by currency: what its calls cost, and what it earns. A job without either has one line without money.
    lines AS
    (
        SELECT job_id, currency, records, spend, review_spend, unpriced, partly_priced, no_usage, CAST(NULL, 'Nullable(Decimal(38, 12))') AS revenue
        FROM calls
        UNION ALL
        SELECT job_id, if(revenue IS NULL, '', revenue_currency), 0, NULL, NULL, 0, 0, 0, revenue
        FROM chosen
    ),
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', spend IS NOT NULL, records, currency)) OVER (PARTITION BY job_id)) AS paid_in
        FROM lines
    ),
    sums AS
    (
        SELECT
            job_id, paid_in AS currency, sum(p.records) AS records, sum(p.spend) AS spend, sum(p.review_spend) AS review_spend,
            sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage, sum(p.revenue) AS revenue,
            count() OVER (PARTITION BY job_id) AS currencies
        FROM paid AS p
        GROUP BY job_id, currency
    )
SELECT
    toString({by:Identifier}) AS name, s.currency AS currency,
    count() AS jobs,
    countIf(j.outcome = 'success') AS succeeded,
    countIf(j.outcome = 'failure') AS failed_jobs,
    countIf(j.outcome = 'partial') AS partial_jobs,
    countIf(j.outcome = 'abandoned') AS abandoned_jobs,
    countIf(j.outcome = '') AS open_jobs,
    if(sum(s.records) = 0, toDecimal128(0, 12), sum(s.spend)) AS spend,
    spend / jobs AS cost_per_job,
    spend / nullIf(succeeded, 0) AS cost_per_success,
    sum(if(j.outcome = 'failure', s.spend, NULL)) AS failed_spend,
    sum(j.review_minutes) AS review_minutes,
    sum(s.review_spend) AS review_spend,
    sum(s.revenue) AS revenue,
    countIf(s.revenue IS NULL) AS without_revenue,
    countIf(s.currencies > 1) AS mixed_jobs,
    if(mixed_jobs > 0, NULL, revenue - spend) AS gross_margin,
    toFloat64(gross_margin) / nullIf(toFloat64(revenue), 0) AS margin_share,
    sum(s.unpriced) AS unpriced, sum(s.partly_priced) AS partly_priced, sum(s.no_usage) AS no_usage
FROM chosen AS j
INNER JOIN sums AS s ON j.job_id = s.job_id
GROUP BY name, currency
ORDER BY spend DESC NULLS LAST, jobs DESC, name, currency
LIMIT {limit:UInt32}
