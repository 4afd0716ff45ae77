-- Question: What does llm_hourly_experiments hold of some calls and routes alone, chosen by what it has no column for?
-- Grain: one row per part, experiment, variant, currency and class of seconds of the whole period: no hour, no route and no job by
--   itself. Stands in the place of llm_hourly_experiments in a question whose period it takes over (boards/filters.py).
-- Parameters: since, until: UTC, hours that begin between them count; those of the filters.
-- Unit: as llm_hourly_experiments.
-- `narrowed` marks what a Grafana panel reads of when a filter is set alone (dashboards/statement.py).
WITH
    calls AS
    (
        SELECT
            toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency, c.route_id AS route_id,
            count() AS records, countIf(c.kind = 'attempt') AS attempts, sum(c.cost) AS spend,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage' AND NOT c.unanswered) AS no_usage
        FROM llm_calls AS c
        WHERE c.experiment != '' AND c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
            -- narrowed: c.hour
            -- filters: llm_calls AS c
        GROUP BY experiment, variant, currency, route_id
    ),
    routes AS
    (
        SELECT
            toString(r.experiment) AS experiment, toString(r.variant) AS variant, r.route_id AS route_id,
            r.outcome IN ('success', 'cache_hit') AS is_answered, r.outcome = 'error' AS is_failed,
            toFloat32(if(r.duration_ns = 0, 0, pow(1.05, round(log(greatest(r.duration_ns / 1000000000, 0.000001)) / log(1.05))))) AS seconds
        FROM llm_routes AS r
        WHERE r.experiment != '' AND r.ts >= {since:DateTime64(9, 'UTC')} AND r.ts < {until:DateTime64(9, 'UTC')}
            -- narrowed: toStartOfHour(r.ts, 'UTC')
            -- filters: llm_routes AS r
    ),
    jobs AS
    (
        SELECT
            *, min(variant) OVER in_experiment != max(variant) OVER in_experiment AS is_shared, row_number() OVER in_variant = 1 AS is_first,
            job_id IN
            (
                SELECT j.job_id
                FROM llm_job_records AS j FINAL
                WHERE j.outcome != ''
                    -- narrowed: toStartOfHour(j.ts, 'UTC')
                GROUP BY j.job_id
                HAVING argMax(j.outcome = 'success', j.ts)
            ) AS is_success
        FROM
        (
            SELECT
                toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency, c.job_id AS job_id,
                sum(c.cost) AS spend
            FROM llm_calls AS c
            WHERE c.experiment != '' AND c.job_id != '' AND c.hour >= {since:DateTime('UTC')} AND c.hour < {until:DateTime('UTC')}
                -- narrowed: c.hour
                -- filters: llm_calls AS c
            GROUP BY experiment, variant, currency, job_id
        )
        WINDOW in_experiment AS (PARTITION BY experiment, job_id), in_variant AS (PARTITION BY experiment, job_id, variant)
    )
SELECT
    {since:DateTime('UTC')} AS hour, 'sum' AS part, c.experiment AS experiment, c.variant AS variant, c.currency AS currency,
    toFloat32(0) AS seconds, '' AS unit, hour AS at, sum(c.records) AS records, sum(c.attempts) AS attempts, sum(c.spend) AS spend,
    sum(c.unpriced) AS unpriced, sum(c.partly_priced) AS partly_priced, sum(c.no_usage) AS no_usage,
    toUInt64(0) AS routes, toUInt64(0) AS answered, toUInt64(0) AS failed,
    sum(if(r.route_id != '', c.spend, NULL)) AS routed_spend, sumIf(c.spend, r.route_id != '' AND r.is_answered) AS answered_spend,
    sumIf(toDecimal256(c.spend, 12) * toDecimal256(c.spend, 12), r.route_id != '') AS squares,
    toUInt64(0) AS jobs, toUInt64(0) AS succeeded, toUInt64(0) AS shared_jobs, CAST(NULL, 'Nullable(Decimal(38, 12))') AS job_spend,
    toUInt64(0) AS paid_jobs, '' AS outcome, toDateTime64(0, 9, 'UTC') AS told_at, toUInt64(0) AS build
FROM calls AS c
LEFT JOIN routes AS r ON c.experiment = r.experiment AND c.variant = r.variant AND c.route_id = r.route_id
GROUP BY experiment, variant, currency
UNION ALL
-- A route counts, and if it was answered, so does what it took.
SELECT
    {since:DateTime('UTC')} AS hour, arrayJoin(['sum', 'latency']) AS part, r.experiment AS experiment, r.variant AS variant, '',
    if(part = 'latency', r.seconds, 0) AS seconds, '', hour, 0, 0, NULL, 0, 0, 0,
    countIf(part = 'sum'), countIf(r.is_answered), countIf(part = 'sum' AND r.is_failed), NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC'), 0
FROM routes AS r
WHERE part = 'sum' OR r.is_answered
GROUP BY part, experiment, variant, seconds
UNION ALL
SELECT
    {since:DateTime('UTC')} AS hour, 'sum' AS part, j.experiment AS experiment, j.variant AS variant, j.currency AS currency, 0, '', hour, 0, 0, NULL, 0, 0, 0,
    0, 0, 0, NULL, NULL, NULL, countIf(j.is_first AND NOT j.is_shared), countIf(j.is_first AND j.is_success AND NOT j.is_shared),
    countIf(j.is_first AND j.is_shared), sum(if(j.is_shared, NULL, j.spend)), countIf(NOT j.is_shared AND j.spend IS NOT NULL), '', toDateTime64(0, 9, 'UTC'), 0
FROM jobs AS j
GROUP BY experiment, variant, currency
