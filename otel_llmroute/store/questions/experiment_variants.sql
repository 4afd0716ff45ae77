-- Question: What does each variant of an experiment cost, and how well does it go?
-- Grain: one row per experiment, variant and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: money in `currency`, seconds, shares from 0 to 1. Requests are routes; answered: those that ended in success or from a cache.
-- cost_per_answer: what the calls of the variant's routes cost, of those that failed too, for each that was answered. cost_low to
--   cost_high holds it 95 times of 100 (a ratio of sums over routes), as failed_low to failed_high does failed_share (Wilson);
--   NULL, and samples says `too few`, below 30 answered routes: then no variant can be called the better one.
-- jobs: those whose calls all got one variant; the others are shared_jobs, and say nothing of either. cost_per_success: what the
--   calls of the variant cost in its jobs, of those that failed too, for each job that succeeded.
WITH
    30 AS fewest,
    of_routes AS
    (
        SELECT
            toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency, c.route_id AS route_id,
            count() AS records, countIf(c.kind = 'attempt') AS attempts, sum(c.cost) AS spend,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage') AS no_usage
        FROM llm_calls AS c
        WHERE c.experiment != '' AND c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS c
        GROUP BY experiment, variant, currency, route_id
    ),
    routes AS
    (
        SELECT
            toString(r.experiment) AS experiment, toString(r.variant) AS variant, r.route_id AS route_id,
            r.outcome IN ('success', 'cache_hit') AS is_answered, r.outcome = 'error' AS is_failed, r.duration_ns / 1000000000 AS seconds
        FROM llm_routes AS r
        WHERE r.experiment != '' AND r.ts >= {since:DateTime64(9, 'UTC')} AND r.ts < {until:DateTime64(9, 'UTC')}
            -- filters: llm_routes AS r
    ),
    asked AS
    (
        SELECT
            experiment, variant, count() AS routes, countIf(is_answered) AS answered, countIf(is_failed) AS failed,
            quantileExactOrNullIf(0.5)(seconds, is_answered) AS p50_s, quantileExactOrNullIf(0.95)(seconds, is_answered) AS p95_s
        FROM routes
        GROUP BY experiment, variant
    ),
    sums AS
    (
        SELECT
            s.experiment AS experiment, s.variant AS variant, s.currency AS currency, sum(s.records) AS records, sum(s.attempts) AS attempts,
            sum(s.spend) AS spend, sum(s.unpriced) AS unpriced, sum(s.partly_priced) AS partly_priced, sum(s.no_usage) AS no_usage,
            sum(if(r.route_id != '', s.spend, NULL)) AS routed_spend,
            sumIf(toFloat64(ifNull(s.spend, 0)), r.route_id != '' AND r.is_answered) AS answered_spend,
            sumIf(pow(toFloat64(ifNull(s.spend, 0)), 2), r.route_id != '') AS squares
        FROM of_routes AS s
        LEFT JOIN routes AS r ON s.experiment = r.experiment AND s.variant = r.variant AND s.route_id = r.route_id
        GROUP BY experiment, variant, currency
    ),
    -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
    paid AS
    (
        SELECT
            * EXCEPT (currency),
            if(currency != '', currency, argMax(currency, (currency != '', records, currency)) OVER (PARTITION BY experiment, variant)) AS paid_in
        FROM sums
    ),
    merged AS
    (
        SELECT
            p.experiment AS experiment, p.variant AS variant, p.paid_in AS currency, sum(p.records) AS records, sum(p.attempts) AS attempts,
            sum(p.spend) AS spend, sum(p.unpriced) AS unpriced, sum(p.partly_priced) AS partly_priced, sum(p.no_usage) AS no_usage,
            sum(p.routed_spend) AS routed_spend, sum(p.answered_spend) AS answered_spend, sum(p.squares) AS squares
        FROM paid AS p
        GROUP BY experiment, variant, currency
    ),
    of_jobs AS
    (
        SELECT
            toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency, c.job_id AS job_id,
            sum(c.cost) AS spend
        FROM llm_calls AS c
        WHERE c.experiment != '' AND c.job_id != '' AND c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
            -- filters: llm_calls AS c
        GROUP BY experiment, variant, currency, job_id
    ),
    judged AS
    (
        SELECT
            o.experiment AS experiment, o.variant AS variant, o.currency AS currency, o.job_id AS job_id, o.spend AS spend,
            uniqExact(o.variant) OVER (PARTITION BY o.experiment, o.job_id) > 1 AS is_shared,
            k.outcome = 'success' AS is_success
        FROM of_jobs AS o
        LEFT JOIN
        (
            SELECT j.job_id AS job_id, toString(j.outcome) AS outcome
            FROM llm_jobs AS j
            WHERE j.job_id IN (SELECT r.job_id FROM llm_call_records AS r WHERE r.experiment != '' AND r.job_id != '')
        ) AS k ON o.job_id = k.job_id
    ),
    -- A job may be paid in several currencies, and is counted once.
    job_money AS
    (
        SELECT
            experiment, variant, currency, sum(if(is_shared, NULL, spend)) AS job_spend,
            uniqExactStateIf(job_id, NOT is_shared) AS own, uniqExactStateIf(job_id, is_success AND NOT is_shared) AS successes,
            uniqExactStateIf(job_id, is_shared) AS shared
        FROM judged
        GROUP BY experiment, variant, currency
    ),
    jobs AS
    (
        SELECT
            experiment, variant, uniqExactMerge(own) AS jobs, uniqExactMerge(successes) AS succeeded, uniqExactMerge(shared) AS shared_jobs,
            groupArray((currency, job_spend)) AS money
        FROM job_money
        GROUP BY experiment, variant
    ),
    every AS
    (
        SELECT
            if(a.experiment != '', a.experiment, m.experiment) AS experiment, if(a.experiment != '', a.variant, m.variant) AS variant,
            m.currency AS currency, m.records AS records, m.attempts AS attempts, m.spend AS spend, m.unpriced AS unpriced,
            m.partly_priced AS partly_priced, m.no_usage AS no_usage, m.routed_spend AS routed_spend, m.answered_spend AS answered_spend,
            m.squares AS squares, a.routes AS routes, a.answered AS answered, a.failed AS failed, a.p50_s AS p50_s, a.p95_s AS p95_s
        FROM merged AS m
        FULL OUTER JOIN asked AS a ON m.experiment = a.experiment AND m.variant = a.variant
    ),
    figures AS
    (
        SELECT
            e.experiment AS experiment, e.variant AS variant, e.currency AS currency, e.records AS records, e.attempts AS attempts,
            e.spend AS spend, e.unpriced AS unpriced, e.partly_priced AS partly_priced, e.no_usage AS no_usage, e.routes AS routes,
            e.answered AS answered, e.failed AS failed, e.p50_s AS p50_s, e.p95_s AS p95_s, j.jobs AS jobs, j.succeeded AS succeeded, j.shared_jobs AS shared_jobs,
            arrayFirst(each -> each.1 = e.currency, j.money).2 AS job_spend,
            e.routed_spend / nullIf(e.answered, 0) AS cost_per_answer,
            e.answered >= fewest AS is_enough,
            -- Of a ratio of two sums over the same routes: the spread of what each route is away from it.
            toFloat64(e.routed_spend) / nullIf(e.answered, 0) AS ratio,
            1.96 * sqrt(greatest(e.squares - 2 * ratio * e.answered_spend + ratio * ratio * e.answered, 0) * e.routes / nullIf(e.routes - 1, 0))
                / nullIf(e.answered, 0) AS around,
            e.failed / nullIf(e.routes, 0) AS share,
            pow(1.96, 2) AS z2
        FROM every AS e
        LEFT JOIN jobs AS j ON e.experiment = j.experiment AND e.variant = j.variant
    )
SELECT
    f.experiment AS name, f.variant AS variant, f.currency AS currency,
    f.routes AS routes, f.answered AS answered, f.failed AS failed,
    f.share AS failed_share,
    if(f.is_enough, (f.share + z2 / (2 * f.routes) - 1.96 * sqrt(f.share * (1 - f.share) / f.routes + z2 / (4 * pow(f.routes, 2)))) / (1 + z2 / f.routes), NULL) AS failed_low,
    if(f.is_enough, (f.share + z2 / (2 * f.routes) + 1.96 * sqrt(f.share * (1 - f.share) / f.routes + z2 / (4 * pow(f.routes, 2)))) / (1 + z2 / f.routes), NULL) AS failed_high,
    f.attempts AS attempts,
    if(f.records = 0, toDecimal128(0, 12), f.spend) AS spend,
    f.cost_per_answer AS cost_per_answer,
    if(f.is_enough AND f.ratio IS NOT NULL, accurateCastOrNull(round(greatest(f.ratio - f.around, 0), 9), 'Decimal(38, 12)'), NULL) AS cost_low,
    if(f.is_enough, accurateCastOrNull(round(f.ratio + f.around, 9), 'Decimal(38, 12)'), NULL) AS cost_high,
    f.p50_s AS p50_s, f.p95_s AS p95_s,
    f.jobs AS jobs, f.succeeded AS succeeded, f.shared_jobs AS shared_jobs,
    f.job_spend / nullIf(f.succeeded, 0) AS cost_per_success,
    if(f.is_enough, 'enough', 'too few') AS samples,
    f.unpriced AS unpriced, f.partly_priced AS partly_priced, f.no_usage AS no_usage
FROM figures AS f
ORDER BY name, variant, spend DESC NULLS LAST, currency
LIMIT {limit:UInt32}
