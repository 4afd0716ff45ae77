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
    -- What is summed over the period, and one by one what a route or job with several hours is in each of them, whose newest build
    -- counts. `_here` is what the sums of the hour `at` say of a route or job, without is what is so in the whole period.
    -- Frames, and not partitions, are what is said of an hour or a currency: each other partition is divided among threads and
    -- sorted anew, which takes longer than to sum it.
    hours AS
    (
        SELECT
            h.part AS part, h.experiment AS experiment, h.variant AS variant, h.currency AS currency, h.seconds AS seconds, h.unit AS unit,
            if(h.unit = '', toDateTime(0, 'UTC'), h.at) AS at, if(h.unit = '', 0, h.build) AS build,
            sum(h.records) AS records, sum(h.attempts) AS attempts, sumIf(h.spend, h.unit = '') AS spend,
            sum(h.unpriced) AS unpriced, sum(h.partly_priced) AS partly_priced, sum(h.no_usage) AS no_usage,
            sumIf(h.routes, h.unit = '') AS routes, sumIf(h.answered, h.part = 'sum') AS answered, sum(h.failed) AS failed,
            sum(h.routed_spend) AS routed_spend, sum(h.answered_spend) AS answered_spend, sum(h.squares) AS squares,
            sum(h.jobs) AS jobs, sum(h.succeeded) AS succeeded, sum(h.shared_jobs) AS shared_jobs, sum(h.job_spend) AS job_spend, sum(h.paid_jobs) AS paid_jobs,
            sumIf(h.spend, h.unit != '') AS unit_spend, sumIf(h.routes, h.unit != '') AS unit_routes, sumIf(h.answered, h.unit != '') AS unit_answered,
            sumIf(h.answered, h.part = 'latency') AS in_class,
            max(h.outcome) AS outcome, max(h.told_at) AS told_at,
            max((build, outcome)) OVER in_hour AS newest,
            groupUniqArray((build, experiment, variant)) OVER in_hour AS variants_here,
            groupUniqArrayIf((build, experiment, variant), unit_routes > 0) OVER in_hour AS routed_here,
            groupUniqArrayIf((build, experiment, variant), unit_answered > 0) OVER in_hour AS answered_here
        FROM llm_hourly_experiments AS h
        WHERE (h.at >= {since:DateTime('UTC')} AND h.at < {until:DateTime('UTC')}) OR h.outcome != ''
        GROUP BY part, experiment, variant, currency, seconds, unit, at, build
        WINDOW in_hour AS (PARTITION BY part, unit ORDER BY at RANGE BETWEEN CURRENT ROW AND CURRENT ROW)
    ),
    known AS
    (
        SELECT
            *,
            has(routed_here, (build, experiment, variant)) AS is_routed_here, has(answered_here, (build, experiment, variant)) AS is_answered_here,
            newest.2 = 'success' AS is_success_here, arrayCount(one -> one.1 = build AND one.2 = experiment, variants_here) > 1 AS is_shared_here,
            has(groupUniqArrayIf((experiment, variant), unit_routes > 0) OVER whole, (experiment, variant)) AS is_routed,
            has(groupUniqArrayIf((experiment, variant), unit_answered > 0) OVER whole, (experiment, variant)) AS is_answered,
            argMax(outcome, told_at) OVER whole = 'success' AS is_success,
            arrayCount(one -> one.1 = experiment, groupUniqArray((experiment, variant)) OVER whole) > 1 AS is_shared,
            sum(unit_spend) OVER in_currency AS whole_spend,
            part = 'job' AS is_job
        FROM hours
        WHERE build = newest.1
        WINDOW
            whole AS (PARTITION BY part, unit),
            in_currency AS (PARTITION BY part, unit ORDER BY experiment, variant, currency RANGE BETWEEN CURRENT ROW AND CURRENT ROW)
    ),
    -- Sums of hours, with what routes and jobs with several hours are in the period in place of what they are in its hours.
    sums AS
    (
        SELECT
            k.experiment AS experiment, k.variant AS variant,
            -- What has no price has no currency: it is shown beside the money its group was mostly paid in.
            if(k.currency != '', k.currency, argMax(k.currency, (k.currency != '', sum(k.records), k.currency)) OVER of_variant) AS paid_in,
            sum(k.records) AS records, sum(k.attempts) AS attempts, sum(k.spend) AS spend,
            sum(k.unpriced) AS unpriced, sum(k.partly_priced) AS partly_priced, sum(k.no_usage) AS no_usage,
            sum(if(k.is_routed AND NOT k.is_routed_here, k.unit_spend, k.routed_spend)) AS routed_spend,
            sum(if(k.is_answered AND NOT k.is_answered_here, k.unit_spend, k.answered_spend)) AS answered_spend,
            sum(if(k.is_routed, toDecimal256(k.unit_spend, 12) * (k.whole_spend - if(k.is_routed_here, k.unit_spend, 0)), k.squares)) AS squares,
            sum(if(k.is_job AND k.is_shared AND NOT k.is_shared_here, -k.unit_spend, k.job_spend)) AS job_spend,
            sum(k.paid_jobs) - countIf(k.is_job AND k.is_shared AND NOT k.is_shared_here AND k.unit_spend IS NOT NULL) AS paid_jobs,
            -- How many routes and jobs a variant has, and how long they took, does not depend on a currency.
            sum(sum(k.routes)) OVER of_variant AS routes, sum(sum(k.answered)) OVER of_variant AS answered, sum(sum(k.failed)) OVER of_variant AS failed,
            sum(sum(k.jobs)) OVER of_variant + uniqExactMerge(uniqExactStateIf(k.unit, k.is_job AND NOT k.is_shared)) OVER of_variant
                - uniqExactMerge(uniqExactStateIf((k.unit, k.at), k.is_job AND NOT k.is_shared_here)) OVER of_variant AS jobs,
            sum(sum(k.succeeded)) OVER of_variant + uniqExactMerge(uniqExactStateIf(k.unit, k.is_job AND k.is_success AND NOT k.is_shared)) OVER of_variant
                - uniqExactMerge(uniqExactStateIf((k.unit, k.at), k.is_job AND k.is_success_here AND NOT k.is_shared_here)) OVER of_variant AS succeeded,
            sum(sum(k.shared_jobs)) OVER of_variant + uniqExactMerge(uniqExactStateIf(k.unit, k.is_job AND k.is_shared)) OVER of_variant
                - uniqExactMerge(uniqExactStateIf((k.unit, k.at), k.is_job AND k.is_shared_here)) OVER of_variant AS shared_jobs,
            argMax(quantilesExactWeighted(0.5, 0.95)(k.seconds, k.in_class), k.currency = '') OVER of_variant AS percentiles
        FROM known AS k
        WHERE k.experiment != ''
        GROUP BY k.experiment, k.variant, k.currency
        WINDOW of_variant AS (PARTITION BY experiment, variant)
    ),
    whole AS
    (
        SELECT
            s.experiment AS experiment, s.variant AS variant, s.paid_in AS currency,
            sum(s.records) AS records, sum(s.attempts) AS attempts, sum(s.spend) AS spend,
            sum(s.unpriced) AS unpriced, sum(s.partly_priced) AS partly_priced, sum(s.no_usage) AS no_usage,
            sum(s.routed_spend) AS routed_spend, sum(s.answered_spend) AS answered_spend, sum(s.squares) AS squares,
            ifNull(sum(s.job_spend), 0) AS job_spend, sum(s.paid_jobs) AS paid_jobs,
            any(s.routes) AS routes, any(s.answered) AS answered, any(s.failed) AS failed,
            any(s.jobs) AS jobs, any(s.succeeded) AS succeeded, any(s.shared_jobs) AS shared_jobs, any(s.percentiles) AS percentiles
        FROM sums AS s
        GROUP BY experiment, variant, currency
    ),
    h.answered >= fewest AS is_enough,
    nullIf(h.answered, 0) AS divisor,
    -- Of a ratio of two sums over the same routes: the spread of what each route is away from it.
    toFloat64(h.routed_spend) / divisor AS ratio,
    toFloat64(ifNull(h.squares, 0)) - ratio * (2 * toFloat64(ifNull(h.answered_spend, 0)) - ratio * h.answered) AS away,
    1.96 * sqrt(greatest(away, 0) * h.routes / nullIf(h.routes - 1, 0)) / divisor AS around,
    h.failed / nullIf(h.routes, 0) AS share,
    -- Wilson's: 3.8416 is the square of 1.96.
    1 + 3.8416 / h.routes AS scale,
    (share + 1.9208 / h.routes) / scale AS failed_middle,
    1.96 * sqrt((share * (1 - share) + 0.9604 / h.routes) / h.routes) / scale AS failed_around
SELECT
    h.experiment AS name, h.variant AS variant, h.currency AS currency,
    h.routes AS routes, h.answered AS answered, h.failed AS failed,
    share AS failed_share,
    if(is_enough, greatest(failed_middle - failed_around, 0), NULL) AS failed_low,
    if(is_enough, failed_middle + failed_around, NULL) AS failed_high,
    h.attempts AS attempts,
    if(h.records = 0, toDecimal128(0, 12), h.spend) AS spend,
    h.routed_spend / divisor AS cost_per_answer,
    accurateCastOrNull(round(if(is_enough AND ratio IS NOT NULL, greatest(ratio - around, 0), NULL), 9), 'Decimal(38, 12)') AS cost_low,
    accurateCastOrNull(round(if(is_enough, ratio + around, NULL), 9), 'Decimal(38, 12)') AS cost_high,
    if(h.answered = 0, NULL, h.percentiles[1]) AS p50_s, if(h.answered = 0, NULL, h.percentiles[2]) AS p95_s,
    h.jobs AS jobs, h.succeeded AS succeeded, h.shared_jobs AS shared_jobs,
    if(h.paid_jobs = 0, NULL, h.job_spend) / nullIf(h.succeeded, 0) AS cost_per_success,
    if(is_enough, 'enough', 'too few') AS samples,
    h.unpriced AS unpriced, h.partly_priced AS partly_priced, h.no_usage AS no_usage
FROM whole AS h
WHERE true
    -- filters: llm_hourly_experiments AS h
ORDER BY name, variant, spend DESC NULLS LAST, currency
LIMIT {limit:UInt32}
