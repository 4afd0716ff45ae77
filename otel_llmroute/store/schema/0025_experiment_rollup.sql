-- A roll-up of experiments, so that comparing variants reads hundreds of rows and not every route and job.
--
-- A figure of a variant is made of routes and jobs, and one of them can have calls in several hours, and hear its outcome in
-- another. So each hour is summed as if nothing of its routes and jobs happened elsewhere, and those that have more than one
-- hour are stored besides, one by one: a question takes back what the sums say of these, and adds what they are over its
-- whole period. An hour is summed anew when something is delivered for it, and for no other one.
--     llm_experiment_hours          in which hours something of a route or job happened: which of them have several
--     llm_experiment_hours_open     hours that changed since they were summed; _due: those that have been quiet for a minute
--     llm_hourly_experiments_now    the sums of those that are open, from the calls; the one place that says what the roll-up holds
--     llm_hourly_experiments_built  the sums as stored: one row per hour, build, part and dimensions
--     llm_experiment_hours_built    the newest whole build of each hour, and what had been delivered for it
--     llm_hourly_experiments        what one reads
CREATE TABLE IF NOT EXISTS llm_experiment_hours
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    unit UInt64 COMMENT 'sipHash64 of a route_id or job_id' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (hour, unit)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'In which hours routes and jobs of experiments had calls, or began; one as often as it was delivered.';

TRUNCATE TABLE llm_experiment_hours;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_experiment_hours_from_calls TO llm_experiment_hours AS
SELECT toStartOfHour(ts, 'UTC') AS hour, sipHash64(id) AS unit
FROM llm_call_records
ARRAY JOIN [route_id, job_id] AS id
WHERE experiment != '' AND id != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_experiment_hours_from_routes TO llm_experiment_hours AS
SELECT toStartOfHour(ts, 'UTC') AS hour, sipHash64(route_id) AS unit
FROM llm_route_records
WHERE experiment != '';

INSERT INTO llm_experiment_hours
SELECT DISTINCT toStartOfHour(ts, 'UTC') AS hour, sipHash64(id) AS unit
FROM llm_call_records
ARRAY JOIN [route_id, job_id] AS id
WHERE experiment != '' AND id != '';

INSERT INTO llm_experiment_hours
SELECT DISTINCT toStartOfHour(ts, 'UTC') AS hour, sipHash64(route_id) AS unit
FROM llm_route_records
WHERE experiment != '';

CREATE TABLE IF NOT EXISTS llm_experiment_hours_built
(
    hour DateTime('UTC'),
    build UInt64 COMMENT 'milliseconds since 1970 when it began, or one more than that of the build before',
    touched_at DateTime64(3),
    delivered UInt64,
    repriced UInt64
)
ENGINE = ReplacingMergeTree(build)
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per hour: its newest whole build, and what had been delivered for it. Read with FINAL.';

-- Hours for which something was delivered that no stored sum has seen, but for those whose calls may be gone: their last build
-- counts. None at all while there are no experiments.
CREATE OR REPLACE VIEW llm_experiment_hours_open AS
SELECT t.hour AS hour, max(t.touched_at) AS touched_at, sum(t.delivered) AS delivered, sum(t.repriced) AS repriced
FROM
(
    SELECT hour, touched_at, delivered, repriced FROM llm_hours_touched
    UNION ALL
    SELECT hour, touched_at, delivered, repriced FROM llm_route_hours_touched
    UNION ALL
    SELECT hour, touched_at, delivered, repriced FROM llm_job_hours_touched
) AS t
WHERE (SELECT count() FROM (SELECT hour FROM llm_experiment_hours LIMIT 1)) > 0
GROUP BY t.hour
HAVING (hour, touched_at, delivered, repriced) NOT IN (SELECT hour, touched_at, delivered, repriced FROM llm_experiment_hours_built FINAL)
    AND hour > (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls')
COMMENT 'One row per hour of calls, routes or jobs whose stored sums of experiments may not be right.';

CREATE OR REPLACE VIEW llm_experiment_hours_due AS
SELECT hour, touched_at, delivered, repriced
FROM llm_experiment_hours_open
WHERE touched_at < now64(3) - INTERVAL 60 SECOND
COMMENT 'One row per hour to be summed now.';

-- part says what a row is:
--     sum      what calls and routes of the hour add up to, by variant and currency
--     latency  how many answered routes took so long, by variant
--     route    a route with several hours, in the hour `at`: what its calls cost by currency, and apart its own record
--     job      a job with several hours, in the hour `at`: what its calls cost by variant and currency, and apart what was said
-- What happened in one hour of such a route or job comes with the sums of that hour. While it had no other hour there was
-- nothing to come, so it comes with those of the next hour that it has, and of the one before: the newest counts.
CREATE OR REPLACE VIEW llm_hourly_experiments_now AS
WITH
    (SELECT groupArray(hour) FROM llm_experiment_hours_open) AS hours,
    (
        SELECT groupArrayArray(arrayFilter(one -> has(hours, one.3), arrayMap(
            (at, place) -> (unit, at, multiIf(has(hours, at), at, place > 1 AND has(hours, seen[place - 1]), seen[place - 1], seen[place + 1])),
            seen, arrayEnumerate(seen))))
        FROM
        (
            SELECT unit, arraySort(groupUniqArray(hour)) AS seen
            FROM
            (
                SELECT h.unit AS unit, h.hour AS hour, true AS is_own
                FROM llm_experiment_hours AS h
                WHERE notEmpty(hours) AND h.unit IN
                (
                    SELECT unit FROM llm_experiment_hours WHERE hour IN (SELECT arrayJoin(hours))
                    UNION ALL
                    SELECT job FROM llm_job_hours WHERE bitTest(kinds, 2) AND hour IN (SELECT arrayJoin(hours))
                )
                UNION ALL
                SELECT j.job AS unit, j.hour AS hour, false AS is_own
                FROM llm_job_hours AS j
                WHERE notEmpty(hours) AND bitTest(j.kinds, 2) AND j.job IN
                (
                    SELECT unit FROM llm_experiment_hours WHERE hour IN (SELECT arrayJoin(hours))
                    UNION ALL
                    SELECT job FROM llm_job_hours WHERE bitTest(kinds, 2) AND hour IN (SELECT arrayJoin(hours))
                )
            )
            GROUP BY unit
            HAVING max(is_own) AND length(seen) > 1
        )
    ) AS spread,
    arrayDistinct(arrayConcat(hours, arrayMap(one -> one.2, spread))) AS looked_at,
    places AS
    (
        SELECT one.1 AS unit, one.2 AS at, one.3 AS hour
        FROM (SELECT arrayJoin(spread) AS one)
    ),
    calls AS
    (
        SELECT
            c.hour AS hour, toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency,
            c.route_id AS route_id, count() AS records, countIf(c.kind = 'attempt') AS attempts, sum(c.cost) AS spend,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage') AS no_usage
        FROM llm_calls AS c
        WHERE c.experiment != '' AND c.hour IN (SELECT arrayJoin(looked_at))
        GROUP BY hour, experiment, variant, currency, route_id
    ),
    routes AS
    (
        SELECT
            toStartOfHour(r.ts, 'UTC') AS hour, toString(r.experiment) AS experiment, toString(r.variant) AS variant, r.route_id AS route_id,
            count() AS routes, countIf(r.outcome IN ('success', 'cache_hit')) AS answered, countIf(r.outcome = 'error') AS failed
        FROM llm_routes AS r
        WHERE r.experiment != '' AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(looked_at))
        GROUP BY hour, experiment, variant, route_id
    ),
    job_calls AS
    (
        SELECT
            c.hour AS hour, toString(c.experiment) AS experiment, toString(c.variant) AS variant, toString(c.currency) AS currency,
            c.job_id AS job_id, sum(c.cost) AS spend,
            uniqExact(variant) OVER (PARTITION BY hour, experiment, job_id) > 1 AS is_shared
        FROM llm_calls AS c
        WHERE c.experiment != '' AND c.job_id != '' AND c.hour IN (SELECT arrayJoin(looked_at))
        GROUP BY hour, experiment, variant, currency, job_id
    ),
    told_jobs AS
    (
        SELECT toStartOfHour(r.ts, 'UTC') AS hour, r.job_id AS job_id, argMax(toString(r.outcome), r.ts) AS outcome, max(r.ts) AS told_at
        FROM llm_job_records AS r FINAL
        WHERE r.outcome != '' AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(looked_at))
            AND sipHash64(r.job_id) IN
            (
                SELECT unit FROM llm_experiment_hours WHERE hour IN (SELECT arrayJoin(looked_at))
                UNION ALL
                SELECT unit FROM places
            )
        GROUP BY hour, job_id
    )
SELECT
    s.hour AS hour, 'sum' AS part, s.experiment AS experiment, s.variant AS variant, s.currency AS currency,
    toFloat32(0) AS seconds, '' AS unit, s.hour AS at, sum(s.records) AS records, sum(s.attempts) AS attempts, sum(s.spend) AS spend,
    sum(s.unpriced) AS unpriced, sum(s.partly_priced) AS partly_priced, sum(s.no_usage) AS no_usage,
    sum(s.routes) AS routes, sum(s.answered) AS answered, sum(s.failed) AS failed,
    sum(s.routed_spend) AS routed_spend, sum(s.answered_spend) AS answered_spend, sum(s.squares) AS squares,
    sum(s.jobs) AS jobs, sum(s.succeeded) AS succeeded, sum(s.shared_jobs) AS shared_jobs, sum(s.job_spend) AS job_spend, sum(s.paid_jobs) AS paid_jobs,
    '' AS outcome, toDateTime64(0, 9, 'UTC') AS told_at
FROM
(
    SELECT
        c.hour AS hour, c.experiment AS experiment, c.variant AS variant, c.currency AS currency, sum(c.records) AS records, sum(c.attempts) AS attempts,
        sum(c.spend) AS spend, sum(c.unpriced) AS unpriced, sum(c.partly_priced) AS partly_priced, sum(c.no_usage) AS no_usage,
        toUInt64(0) AS routes, toUInt64(0) AS answered, toUInt64(0) AS failed,
        sum(if(r.route_id != '', c.spend, NULL)) AS routed_spend,
        sumIf(c.spend, r.route_id != '' AND r.answered > 0) AS answered_spend,
        sumIf(toDecimal256(c.spend, 12) * toDecimal256(c.spend, 12), r.route_id != '') AS squares,
        toUInt64(0) AS jobs, toUInt64(0) AS succeeded, toUInt64(0) AS shared_jobs, CAST(NULL, 'Nullable(Decimal(38, 12))') AS job_spend,
        toUInt64(0) AS paid_jobs
    FROM calls AS c
    LEFT JOIN routes AS r ON c.hour = r.hour AND c.experiment = r.experiment AND c.variant = r.variant AND c.route_id = r.route_id
    WHERE has(hours, c.hour)
    GROUP BY hour, experiment, variant, currency
    UNION ALL
    SELECT
        r.hour AS hour, r.experiment AS experiment, r.variant AS variant, '', 0, 0, NULL, 0, 0, 0,
        sum(r.routes), sum(r.answered), sum(r.failed), NULL, NULL, NULL, 0, 0, 0, NULL, 0
    FROM routes AS r
    WHERE has(hours, r.hour)
    GROUP BY hour, experiment, variant
    UNION ALL
    SELECT
        j.hour AS hour, j.experiment AS experiment, j.variant AS variant, j.currency AS currency, 0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL,
        0, 0, 0, sum(if(j.is_shared, NULL, j.spend)), countIf(NOT j.is_shared AND j.spend IS NOT NULL)
    FROM job_calls AS j
    WHERE has(hours, j.hour)
    GROUP BY hour, experiment, variant, currency
    UNION ALL
    SELECT
        j.hour AS hour, j.experiment AS experiment, j.variant AS variant, '', 0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL,
        uniqExactIf(j.job_id, NOT j.is_shared), uniqExactIf(j.job_id, NOT j.is_shared AND t.outcome = 'success'),
        uniqExactIf(j.job_id, j.is_shared), NULL, 0
    FROM job_calls AS j
    LEFT JOIN told_jobs AS t ON j.hour = t.hour AND j.job_id = t.job_id
    WHERE has(hours, j.hour)
    GROUP BY hour, experiment, variant
) AS s
GROUP BY hour, experiment, variant, currency
UNION ALL
SELECT
    toStartOfHour(r.ts, 'UTC') AS hour, 'latency' AS part, toString(r.experiment) AS experiment, toString(r.variant) AS variant, '',
    toFloat32(if(r.duration_ns = 0, 0, pow(1.05, round(log(greatest(r.duration_ns / 1000000000, 0.000001)) / log(1.05))))) AS seconds,
    '', hour, 0, 0, NULL, 0, 0, 0, 0, count(), 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM llm_routes AS r
WHERE r.experiment != '' AND r.outcome IN ('success', 'cache_hit') AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(hours))
GROUP BY hour, experiment, variant, seconds
UNION ALL
SELECT
    p.hour AS hour, 'route' AS part, c.experiment, c.variant, c.currency, 0, c.route_id, p.at AS at,
    0, 0, c.spend, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM calls AS c
INNER JOIN places AS p ON sipHash64(c.route_id) = p.unit AND c.hour = p.at
WHERE c.route_id != ''
UNION ALL
SELECT
    p.hour AS hour, 'route' AS part, r.experiment, r.variant, '', 0, r.route_id, p.at AS at,
    0, 0, NULL, 0, 0, 0, r.routes, r.answered, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM routes AS r
INNER JOIN places AS p ON sipHash64(r.route_id) = p.unit AND r.hour = p.at
WHERE r.route_id != ''
UNION ALL
SELECT
    p.hour AS hour, 'job' AS part, j.experiment, j.variant, j.currency, 0, j.job_id, p.at AS at,
    0, 0, j.spend, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, '', toDateTime64(0, 9, 'UTC')
FROM job_calls AS j
INNER JOIN places AS p ON sipHash64(j.job_id) = p.unit AND j.hour = p.at
UNION ALL
SELECT
    p.hour AS hour, 'job' AS part, '', '', '', 0, t.job_id, p.at AS at,
    0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, NULL, 0, t.outcome, t.told_at
FROM told_jobs AS t
INNER JOIN places AS p ON sipHash64(t.job_id) = p.unit AND t.hour = p.at
COMMENT 'The sums of llm_hourly_experiments in hours whose stored ones may not be right, made from calls, routes and jobs while reading.';

CREATE TABLE IF NOT EXISTS llm_hourly_experiments_built
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(3)),
    part LowCardinality(String) COMMENT 'sum, latency, route or job; '''': the hour was summed' CODEC(ZSTD(3)),
    experiment LowCardinality(String) CODEC(ZSTD(3)),
    variant LowCardinality(String) CODEC(ZSTD(3)),
    currency LowCardinality(String) CODEC(ZSTD(3)),
    seconds Float32 COMMENT 'of latency: middle of a class 5 % wide, at most 2.5 % from the truth' CODEC(ZSTD(3)),
    unit String COMMENT 'a route or job that has more than one hour' CODEC(ZSTD(3)),
    at DateTime('UTC') COMMENT 'the hour of it that this says something of' CODEC(Delta, ZSTD(3)),
    records UInt64 COMMENT 'attempts and charges' CODEC(T64, ZSTD(3)),
    attempts UInt64 CODEC(T64, ZSTD(3)),
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced' CODEC(ZSTD(3)),
    unpriced UInt64 COMMENT 'usage known, price not' CODEC(T64, ZSTD(3)),
    partly_priced UInt64 CODEC(T64, ZSTD(3)),
    no_usage UInt64 COMMENT 'no usage reported' CODEC(T64, ZSTD(3)),
    routes UInt64 COMMENT 'logical requests' CODEC(T64, ZSTD(3)),
    answered UInt64 COMMENT 'routes that ended in success or from a cache' CODEC(T64, ZSTD(3)),
    failed UInt64 COMMENT 'routes that ended in an error' CODEC(T64, ZSTD(3)),
    routed_spend Nullable(Decimal(38, 12)) COMMENT 'of calls whose route began in the same hour' CODEC(ZSTD(3)),
    answered_spend Nullable(Decimal(38, 12)) COMMENT 'of these, where the route was answered' CODEC(ZSTD(3)),
    squares Nullable(Decimal(76, 24)) COMMENT 'of what the calls of each such route cost' CODEC(ZSTD(3)),
    jobs UInt64 COMMENT 'all of whose calls of the hour got the variant' CODEC(T64, ZSTD(3)),
    succeeded UInt64 COMMENT 'of these, as far as was said in the hour' CODEC(T64, ZSTD(3)),
    shared_jobs UInt64 COMMENT 'that got other variants in the hour too' CODEC(T64, ZSTD(3)),
    job_spend Nullable(Decimal(38, 12)) COMMENT 'of the jobs that are not shared' CODEC(ZSTD(3)),
    paid_jobs UInt64 COMMENT 'of these, those whose cost in currency is known' CODEC(T64, ZSTD(3)),
    outcome LowCardinality(String) COMMENT 'of a job, as it was said last in the hour' CODEC(ZSTD(3)),
    told_at DateTime64(9) COMMENT 'when that was said' CODEC(T64, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_experiment_hours_built' CODEC(Delta, ZSTD(3)),
    build_rows UInt64 COMMENT 'rows of this build and hour: one with fewer is not whole' CODEC(Delta, ZSTD(3)),
    touched_at DateTime64(3) COMMENT 'as in llm_experiment_hours_open when the build began' CODEC(Delta, ZSTD(3)),
    delivered UInt64 COMMENT 'as in llm_experiment_hours_open when the build began' CODEC(Delta, ZSTD(3)),
    repriced UInt64 COMMENT 'as in llm_experiment_hours_open when the build began' CODEC(Delta, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (part, hour, build, experiment, variant, currency, seconds, unit, at)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of llm_hourly_experiments, right or outdated. Read llm_hourly_experiments.';

CREATE OR REPLACE VIEW llm_hourly_experiments AS
WITH (SELECT groupArray(hour) FROM llm_experiment_hours_open) AS hours
SELECT
    hour, part, experiment, variant, currency, seconds, unit, at, records, attempts, spend, unpriced, partly_priced, no_usage,
    routes, answered, failed, routed_spend, answered_spend, squares, jobs, succeeded, shared_jobs, job_spend, paid_jobs, outcome, told_at,
    build
FROM llm_hourly_experiments_built
WHERE part != '' AND (hour, build) IN (SELECT hour, build FROM llm_experiment_hours_built FINAL WHERE NOT has(hours, hour))
UNION ALL
SELECT *, 18446744073709551615 AS build
FROM llm_hourly_experiments_now
COMMENT 'Per hour: what variants of experiments cost, how their routes and jobs went, and what those with several hours are made of.';

-- Sums of whole days, as in 0023. What is stored of routes and jobs one by one is read of hours.
CREATE TABLE IF NOT EXISTS llm_daily_experiments_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    part LowCardinality(String) COMMENT 'sum or latency' CODEC(ZSTD(3)),
    experiment LowCardinality(String) CODEC(ZSTD(3)),
    variant LowCardinality(String) CODEC(ZSTD(3)),
    currency LowCardinality(String) CODEC(ZSTD(3)),
    seconds Float32 COMMENT 'of latency: middle of a class 5 % wide, at most 2.5 % from the truth' CODEC(ZSTD(3)),
    records UInt64 COMMENT 'attempts and charges' CODEC(T64, ZSTD(3)),
    attempts UInt64 CODEC(T64, ZSTD(3)),
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced' CODEC(ZSTD(3)),
    unpriced UInt64 COMMENT 'usage known, price not' CODEC(T64, ZSTD(3)),
    partly_priced UInt64 CODEC(T64, ZSTD(3)),
    no_usage UInt64 COMMENT 'no usage reported' CODEC(T64, ZSTD(3)),
    routes UInt64 COMMENT 'logical requests' CODEC(T64, ZSTD(3)),
    answered UInt64 COMMENT 'routes that ended in success or from a cache' CODEC(T64, ZSTD(3)),
    failed UInt64 COMMENT 'routes that ended in an error' CODEC(T64, ZSTD(3)),
    routed_spend Nullable(Decimal(38, 12)) COMMENT 'of calls whose route began in the same hour' CODEC(ZSTD(3)),
    answered_spend Nullable(Decimal(38, 12)) COMMENT 'of these, where the route was answered' CODEC(ZSTD(3)),
    squares Nullable(Decimal(76, 24)) COMMENT 'of what the calls of each such route cost in the hour' CODEC(ZSTD(3)),
    jobs UInt64 COMMENT 'of each hour, added up' CODEC(T64, ZSTD(3)),
    succeeded UInt64 COMMENT 'of each hour, added up' CODEC(T64, ZSTD(3)),
    shared_jobs UInt64 COMMENT 'of each hour, added up' CODEC(T64, ZSTD(3)),
    job_spend Nullable(Decimal(38, 12)) COMMENT 'of the jobs that are not shared in an hour' CODEC(ZSTD(3)),
    paid_jobs UInt64 COMMENT 'of these, those whose cost in currency is known' CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, part, experiment, variant, currency, seconds)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_hourly_experiments, right or outdated. Read llm_hourly_experiments.';
