-- Question: Which traces cost most, of the newest?
-- Grain: one row per trace and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: spend in `currency`; began: the first attempt or charge, UTC; label: the job that cost most, without a job the route that
-- did.
-- Looked at are the last hours of the period, in which the newest 50,000 calls were delivered: there are about as many traces
-- as calls, and no sums of them are kept. The dearest are found by their sums alone; the rest is worked out for them only.
WITH
    (
        SELECT greatest(max(t.hour), {since:DateTime('UTC')})
        FROM
        (
            SELECT hour, sum(delivered) OVER (ORDER BY hour DESC) AS since_then
            FROM llm_hours_touched FINAL
            WHERE hour >= {since:DateTime('UTC')} AND hour < {until:DateTime('UTC')}
        ) AS t
        WHERE t.since_then >= 50000
    ) AS newest_since,
    dearest AS
    (
        SELECT d.trace_id AS name
        FROM llm_calls AS d
        WHERE d.hour >= newest_since AND d.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS d
        GROUP BY d.trace_id, d.currency
        ORDER BY sum(d.cost) DESC NULLS LAST
        LIMIT {limit:UInt32} WITH TIES
    ),
    sums AS
    (
        SELECT
            c.trace_id AS name, toString(c.currency) AS currency, c.job_name != '' AS is_job,
            toString(if(is_job, c.job_name, c.route)) AS label, count() AS records, countIf(c.kind = 'attempt') AS attempts,
            countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
            sum(c.cost) AS spend, min(c.ts) AS first_ts,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage
        FROM llm_calls AS c
        WHERE c.trace_id IN (SELECT name FROM dearest) AND c.hour >= newest_since AND c.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS c
        GROUP BY name, currency, is_job, label
    ),
    -- What has no price has no currency: it is shown beside the money its trace was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', in_currency, currency)) OVER (PARTITION BY name)) AS paid_in
        FROM (SELECT *, sum(records) OVER (PARTITION BY name, currency) AS in_currency FROM sums)
    ),
    labelled AS
    (
        SELECT
            p.name AS name, p.paid_in AS currency, p.is_job AS is_job, p.label AS label, sum(p.spend) AS spend,
            sum(p.records) AS records, sum(p.attempts) AS attempts, sum(p.failed) AS failed, min(p.first_ts) AS first_ts,
            sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage
        FROM paid AS p
        GROUP BY name, currency, is_job, label
    )
SELECT
    l.name AS name, l.currency AS currency, sum(l.spend) AS spend, sum(l.records) AS records, sum(l.attempts) AS attempts,
    sum(l.failed) AS failed, formatDateTime(toDateTime(min(l.first_ts), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC') AS began,
    argMax(l.label, (l.is_job, ifNull(l.spend, toDecimal128(-1, 12)), l.records, l.label)) AS label,
    sum(l.unpriced) AS unpriced, sum(l.partly_priced) AS partly_priced, sum(l.no_usage) AS no_usage
FROM labelled AS l
GROUP BY name, currency
ORDER BY spend DESC NULLS LAST, records DESC, name, currency
LIMIT {limit:UInt32}
