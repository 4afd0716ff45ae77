-- Question: What does each variant of an experiment cost, and how well does it go?
-- Grain: one row per experiment, variant and currency.
-- Parameters: since, until: UTC, hours that begin between them count; limit: rows.
-- Unit: money in `currency`, seconds within 2.5 %, shares from 0 to 1. Requests are routes; answered: those that ended in success or
--   from a cache.
-- cost_per_answer: what the calls of the variant's routes cost, of those that failed too, for each that was answered. cost_low to
--   cost_high holds it 95 times of 100 (a ratio of sums over routes), as failed_low to failed_high does failed_share (Wilson);
--   NULL, and samples says `too few`, below 30 answered routes: then no variant can be called the better one.
-- jobs: those whose calls all got one variant; the others are shared_jobs, and say nothing of either. cost_per_success: what the
--   calls of the variant cost in its jobs, of those that failed too, for each job that succeeded.
-- A filter for a variant chooses rows in the end: a job that another one had a part in stays shared.
WITH
    30 AS fewest,
    -- What is summed over the period, and one by one what a route or job with several hours is in each of them; of that the newest.
    rows AS
    (
        SELECT
            *, build = max(build) OVER (PARTITION BY part, unit, at) AS is_newest,
            sum(records) OVER (PARTITION BY experiment, variant, currency) AS records_in_currency
        FROM
        (
            SELECT
                h.part AS part, h.experiment AS experiment, h.variant AS variant, h.currency AS currency, h.seconds AS seconds, h.unit AS unit,
                if(h.unit = '', toDateTime(0, 'UTC'), h.at) AS at, if(h.unit = '', 0, h.build) AS build,
                sum(h.records) AS records, sum(h.attempts) AS attempts, sum(h.spend) AS spend,
                sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced, sum(h.no_usage) AS no_usage,
                sum(h.routes) AS routes, sum(h.answered) AS answered, sum(h.failed) AS failed,
                sum(h.routed_spend) AS routed_spend, sum(h.answered_spend) AS answered_spend, sum(h.squares) AS squares,
                sum(h.jobs) AS jobs, sum(h.succeeded) AS succeeded, sum(h.shared_jobs) AS shared_jobs, sum(h.job_spend) AS job_spend, sum(h.paid_jobs) AS paid_jobs,
                max(h.outcome) AS outcome, max(h.told_at) AS told_at
            FROM llm_hourly_experiments AS h
            WHERE (h.at >= {since:DateTime('UTC')} AND h.at < {until:DateTime('UTC')}) OR h.outcome != ''
            GROUP BY part, experiment, variant, currency, seconds, unit, at, build
        )
    ),
    -- What is partitioned by the beginning of another partition is sorted once with it.
    -- `_here` is what the sums of the hour `at` say of a route or job, without is what is so in the whole period.
    known AS
    (
        SELECT
            *,
            max(routes) OVER here_too > 0 AS is_routed_here, max(answered) OVER here_too > 0 AS is_answered_here,
            row_number() OVER here_too = 1 AS is_first_here,
            max(routes) OVER whole > 0 AS is_routed, max(answered) OVER whole > 0 AS is_answered, row_number() OVER whole = 1 AS is_first,
            sum(spend) OVER in_currency AS whole_spend, row_number() OVER in_currency = 1 AS is_first_in_currency,
            max(outcome) OVER (PARTITION BY part, unit, at) = 'success' AS is_success_here,
            argMax(outcome, told_at) OVER (PARTITION BY part, unit) = 'success' AS is_success,
            uniqExact(variant) OVER (PARTITION BY part, unit, at, experiment) > 1 AS is_shared_here,
            uniqExact(variant) OVER (PARTITION BY part, unit, experiment) > 1 AS is_shared,
            -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
            if(currency != '', currency,
                argMax(currency, (currency != '', records_in_currency, currency)) OVER (PARTITION BY experiment, variant)) AS paid_in
        FROM rows
        WHERE is_newest
        WINDOW
            whole AS (PARTITION BY part, unit, experiment, variant),
            here_too AS (PARTITION BY part, unit, at, experiment, variant),
            in_currency AS (PARTITION BY part, unit, experiment, variant, currency)
    ),
    sums AS
    (
        SELECT
            k.experiment AS experiment, k.variant AS variant, k.paid_in AS currency,
            sumIf(k.records, k.part = 'sum') AS records, sumIf(k.attempts, k.part = 'sum') AS attempts, sum(if(k.part = 'sum', k.spend, NULL)) AS spend,
            sum(k.unpriced) AS unpriced, sum(k.partly_priced) AS partly_priced, sum(k.no_usage) AS no_usage,
            sumIf(k.routes, k.part = 'sum') AS routes, sumIf(k.answered, k.part = 'sum') AS answered, sum(k.failed) AS failed,
            sum(if(k.part = 'route', if(k.is_routed, k.spend, NULL), k.routed_spend))
                - ifNull(sum(if(k.part = 'route' AND k.is_routed_here, k.spend, NULL)), 0) AS routed_spend,
            sum(if(k.part = 'route', if(k.is_routed AND k.is_answered, k.spend, NULL), k.answered_spend))
                - ifNull(sum(if(k.part = 'route' AND k.is_routed_here AND k.is_answered_here, k.spend, NULL)), 0) AS answered_spend,
            sum(multiIf(k.part != 'route', k.squares, k.is_routed AND k.is_first_in_currency, toDecimal256(k.whole_spend, 12) * toDecimal256(k.whole_spend, 12), NULL))
                - ifNull(sum(if(k.part = 'route' AND k.is_routed_here, toDecimal256(k.spend, 12) * toDecimal256(k.spend, 12), NULL)), 0) AS squares,
            toInt64(sum(k.jobs)) + countIf(k.part = 'job' AND k.is_first AND NOT k.is_shared)
                - countIf(k.part = 'job' AND k.is_first_here AND NOT k.is_shared_here) AS jobs,
            toInt64(sum(k.succeeded)) + countIf(k.part = 'job' AND k.is_first AND k.is_success AND NOT k.is_shared)
                - countIf(k.part = 'job' AND k.is_first_here AND k.is_success_here AND NOT k.is_shared_here) AS succeeded,
            toInt64(sum(k.shared_jobs)) + countIf(k.part = 'job' AND k.is_first AND k.is_shared)
                - countIf(k.part = 'job' AND k.is_first_here AND k.is_shared_here) AS shared_jobs,
            ifNull(sum(if(k.part = 'job', if(k.is_shared, NULL, k.spend), k.job_spend)), 0)
                - ifNull(sum(if(k.part = 'job' AND NOT k.is_shared_here, k.spend, NULL)), 0) AS job_spend,
            toInt64(sum(k.paid_jobs)) + countIf(k.part = 'job' AND k.is_first_in_currency AND NOT k.is_shared AND k.whole_spend IS NOT NULL)
                - countIf(k.part = 'job' AND NOT k.is_shared_here AND k.spend IS NOT NULL) AS paid_jobs,
            quantilesExactWeightedIf(0.5, 0.95)(k.seconds, k.answered, k.part = 'latency') AS seconds, countIf(k.part = 'latency') AS classes
        FROM known AS k
        WHERE k.experiment != ''
        GROUP BY experiment, variant, currency
    ),
    -- How many routes and jobs a variant has, and how long they took, does not depend on a currency.
    whole AS
    (
        SELECT
            * EXCEPT (routes, answered, failed, jobs, succeeded, shared_jobs),
            sum(routes) OVER of_variant AS routes, sum(answered) OVER of_variant AS answered, sum(failed) OVER of_variant AS failed,
            sum(jobs) OVER of_variant AS jobs, sum(succeeded) OVER of_variant AS succeeded, sum(shared_jobs) OVER of_variant AS shared_jobs,
            argMax(seconds, classes) OVER of_variant AS percentiles
        FROM sums
        WINDOW of_variant AS (PARTITION BY experiment, variant)
    ),
    figures AS
    (
        SELECT
            *,
            answered >= fewest AS is_enough,
            nullIf(answered, 0) AS divisor,
            routed_spend / divisor AS cost_per_answer,
            -- Of a ratio of two sums over the same routes: the spread of what each route is away from it.
            toFloat64(routed_spend) / divisor AS ratio,
            toFloat64(ifNull(squares, 0)) - ratio * (2 * toFloat64(ifNull(answered_spend, 0)) - ratio * answered) AS away,
            1.96 * sqrt(greatest(away, 0) * routes / nullIf(routes - 1, 0)) / divisor AS around,
            failed / nullIf(routes, 0) AS share,
            -- Wilson's: 3.8416 is the square of 1.96.
            1 + 3.8416 / routes AS scale,
            (share + 1.9208 / routes) / scale AS failed_middle,
            1.96 * sqrt((share * (1 - share) + 0.9604 / routes) / routes) / scale AS failed_around
        FROM whole
    )
SELECT
    h.experiment AS name, h.variant AS variant, h.currency AS currency,
    h.routes AS routes, h.answered AS answered, h.failed AS failed,
    h.share AS failed_share,
    if(h.is_enough, greatest(h.failed_middle - h.failed_around, 0), NULL) AS failed_low,
    if(h.is_enough, h.failed_middle + h.failed_around, NULL) AS failed_high,
    h.attempts AS attempts,
    if(h.records = 0, toDecimal128(0, 12), h.spend) AS spend,
    h.cost_per_answer AS cost_per_answer,
    accurateCastOrNull(round(if(h.is_enough AND h.ratio IS NOT NULL, greatest(h.ratio - h.around, 0), NULL), 9), 'Decimal(38, 12)') AS cost_low,
    accurateCastOrNull(round(if(h.is_enough, h.ratio + h.around, NULL), 9), 'Decimal(38, 12)') AS cost_high,
    if(h.answered = 0, NULL, h.percentiles[1]) AS p50_s, if(h.answered = 0, NULL, h.percentiles[2]) AS p95_s,
    h.jobs AS jobs, h.succeeded AS succeeded, h.shared_jobs AS shared_jobs,
    if(h.paid_jobs = 0, NULL, h.job_spend) / nullIf(h.succeeded, 0) AS cost_per_success,
    if(h.is_enough, 'enough', 'too few') AS samples,
    h.unpriced AS unpriced, h.partly_priced AS partly_priced, h.no_usage AS no_usage
FROM figures AS h
WHERE true
    -- filters: llm_hourly_experiments AS h
ORDER BY name, variant, spend DESC NULLS LAST, currency
LIMIT {limit:UInt32}
