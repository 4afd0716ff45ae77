-- A roll-up of jobs by the hour in which they began, so that the board of jobs reads hundreds of rows and not millions.
--
-- What a job costs and how it ended is known from its calls and from what was said of it, in whatever hour either happened.
-- So an hour that something is delivered for can change the sums of another one: that in which one of its jobs began.
--     llm_job_hours          in which hours something of a job happened: where to look for the rest of it
--     llm_job_hours_touched  per hour: when something of a job was last delivered for it, and how many rows ever were
--     llm_job_hours_open     hours that changed since they were summed; _due: those that have been quiet for a minute
--     llm_job_hours_now      these, and the hours in which their jobs began: what is summed while reading
--     llm_hourly_jobs_now    the sums of those hours, from the calls; the one place that says what the roll-up holds
--     llm_job_hours_next     the hours that are being summed, and what had been delivered for them before
--     llm_hourly_jobs_built  the sums as stored: one row per hour, build and dimensions
--     llm_job_hours_built    the newest whole build of each hour, and what had been delivered for it
--     llm_hourly_jobs        what one reads
-- What is said of a job is found by the hour in which it was said, as all other records are. It was stored by the id of its job:
-- what was said in one hour lay in every part of the table.
DROP VIEW IF EXISTS llm_job_hours_from_records;
DROP VIEW IF EXISTS llm_job_hours_touched_from_records;
DROP TABLE IF EXISTS llm_job_records_by_hour;

CREATE TABLE IF NOT EXISTS llm_job_records_by_hour
(
    job_id String CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'span, outcome or review',
    ts DateTime64(9) COMMENT 'when the span ended or the event happened' CODEC(T64, ZSTD(1)),
    started Nullable(DateTime64(9)) COMMENT 'when the span began' CODEC(T64, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    service LowCardinality(String),
    run_id LowCardinality(String),
    job_name LowCardinality(String),
    tenant String CODEC(ZSTD(1)),
    plan LowCardinality(String),
    feature LowCardinality(String),
    revenue Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
    revenue_currency LowCardinality(String),
    outcome LowCardinality(String),
    review_status LowCardinality(String),
    review_minutes Nullable(Float64),
    error_type LowCardinality(String),
    received_at DateTime64(3) DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_job job_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(ts, 'UTC')
PRIMARY KEY toStartOfHour(ts, 'UTC')
ORDER BY (toStartOfHour(ts, 'UTC'), job_id, source, ts, trace_id, span_id, service, outcome, review_status)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per span or late event of a job. Read llm_jobs.';

-- What arrives while this goes on is copied last, when nothing feeds the table for a moment.
INSERT INTO llm_job_records_by_hour
SELECT * FROM llm_job_records;
DROP VIEW IF EXISTS llm_job_records_from_spans;
DROP VIEW IF EXISTS llm_job_records_from_logs;
INSERT INTO llm_job_records_by_hour
SELECT * FROM llm_job_records WHERE received_at >= now64(3) - INTERVAL 1 HOUR;
EXCHANGE TABLES llm_job_records AND llm_job_records_by_hour;
DROP TABLE IF EXISTS llm_job_records_by_hour;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_records_from_spans TO llm_job_records AS
WITH CAST(SpanAttributes, 'Map(String, String)') AS a
SELECT
    if(a['llmroute.job.id'] != '', a['llmroute.job.id'], concat(TraceId, ':', SpanId)) AS job_id,
    'span' AS source,
    addNanoseconds(Timestamp, toInt64(Duration)) AS ts,
    toNullable(Timestamp) AS started,
    TraceId AS trace_id,
    SpanId AS span_id,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    a['llmroute.job.name'] AS job_name,
    a['llmroute.tenant.id'] AS tenant,
    a['llmroute.tenant.plan'] AS plan,
    a['llmroute.feature'] AS feature,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.job.revenue'], 18), 12), 'Decimal(18, 12)') AS revenue,
    a['llmroute.job.currency'] AS revenue_currency,
    a['llmroute.job.outcome'] AS outcome,
    a['llmroute.review.status'] AS review_status,
    CAST(NULL AS Nullable(Float64)) AS review_minutes,
    a['error.type'] AS error_type
FROM otel_traces
WHERE SpanAttributes['llmroute.record.kind'] = 'job';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_records_from_logs TO llm_job_records AS
WITH
    LogAttributes AS a,
    if(EventName != '', EventName, LogAttributes['event.name']) AS event
SELECT
    a['llmroute.job.id'] AS job_id,
    if(event = 'llmroute.review', 'review', 'outcome') AS source,
    Timestamp AS ts,
    CAST(NULL AS Nullable(DateTime64(9))) AS started,
    TraceId AS trace_id,
    SpanId AS span_id,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    a['llmroute.job.name'] AS job_name,
    a['llmroute.tenant.id'] AS tenant,
    a['llmroute.tenant.plan'] AS plan,
    a['llmroute.feature'] AS feature,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.job.revenue'], 18), 12), 'Decimal(18, 12)') AS revenue,
    a['llmroute.job.currency'] AS revenue_currency,
    a['llmroute.job.outcome'] AS outcome,
    a['llmroute.review.status'] AS review_status,
    toFloat64OrNull(a['llmroute.review.minutes']) AS review_minutes,
    '' AS error_type
FROM otel_logs
WHERE event IN ('llmroute.job.outcome', 'llmroute.review') AND LogAttributes['llmroute.job.id'] != '';

CREATE TABLE IF NOT EXISTS llm_job_hours
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    job UInt64 COMMENT 'sipHash64(job_id)' CODEC(ZSTD(1)),
    kinds SimpleAggregateFunction(groupBitOr, UInt8) COMMENT '1: a call began, 2: its span began, 4: something was said' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (hour, job)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per job and hour in which something of it happened.';

CREATE TABLE IF NOT EXISTS llm_job_hours_touched
(
    hour DateTime('UTC'),
    touched_at SimpleAggregateFunction(max, DateTime64(3)),
    delivered SimpleAggregateFunction(sum, UInt64) COMMENT 'calls, spans and events of jobs, repeated deliveries included',
    repriced SimpleAggregateFunction(sum, UInt64) COMMENT 'costs appended'
)
ENGINE = AggregatingMergeTree
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per hour with something of a job: when it last changed. Read with FINAL.';

TRUNCATE TABLE llm_job_hours;

TRUNCATE TABLE llm_job_hours_touched;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_hours_from_calls TO llm_job_hours AS
SELECT toStartOfHour(ts, 'UTC') AS hour, sipHash64(job_id) AS job, groupBitOr(toUInt8(1)) AS kinds
FROM llm_call_records
WHERE job_id != ''
GROUP BY hour, job;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_hours_from_records TO llm_job_hours AS
SELECT at.1 AS hour, sipHash64(job_id) AS job, groupBitOr(at.2) AS kinds
FROM llm_job_records
ARRAY JOIN [(toStartOfHour(ts, 'UTC'), toUInt8(4)), (toStartOfHour(ifNull(started, ts), 'UTC'), if(started IS NULL, toUInt8(4), toUInt8(2)))] AS at
GROUP BY hour, job;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_hours_touched_from_calls TO llm_job_hours_touched AS
SELECT toStartOfHour(ts, 'UTC') AS hour, max(received_at) AS touched_at, count() AS delivered, toUInt64(0) AS repriced
FROM llm_call_records
WHERE job_id != ''
GROUP BY hour;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_hours_touched_from_records TO llm_job_hours_touched AS
SELECT hour, max(received_at) AS touched_at, count() AS delivered, toUInt64(0) AS repriced
FROM llm_job_records
ARRAY JOIN [toStartOfHour(ts, 'UTC'), toStartOfHour(ifNull(started, ts), 'UTC')] AS hour
GROUP BY hour;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_hours_touched_from_costs TO llm_job_hours_touched AS
SELECT toStartOfHour(ts, 'UTC') AS hour, max(computed_at) AS touched_at, toUInt64(0) AS delivered, count() AS repriced
FROM llm_costs
GROUP BY hour;

-- What is there already. Its costs count as delivered with its calls.
INSERT INTO llm_job_hours
SELECT toStartOfHour(ts, 'UTC') AS hour, sipHash64(job_id) AS job, groupBitOr(toUInt8(1))
FROM llm_call_records
WHERE job_id != ''
GROUP BY hour, job
SETTINGS optimize_aggregation_in_order = 1;

INSERT INTO llm_job_hours
SELECT at.1 AS hour, sipHash64(job_id) AS job, groupBitOr(at.2)
FROM llm_job_records
ARRAY JOIN [(toStartOfHour(ts, 'UTC'), toUInt8(4)), (toStartOfHour(ifNull(started, ts), 'UTC'), if(started IS NULL, toUInt8(4), toUInt8(2)))] AS at
GROUP BY hour, job;

INSERT INTO llm_job_hours_touched
SELECT toStartOfHour(ts, 'UTC') AS hour, max(received_at), count(), 0
FROM llm_call_records
WHERE job_id != ''
GROUP BY hour;

INSERT INTO llm_job_hours_touched
SELECT hour, max(received_at), count(), 0
FROM llm_job_records
ARRAY JOIN [toStartOfHour(ts, 'UTC'), toStartOfHour(ifNull(started, ts), 'UTC')] AS hour
GROUP BY hour;

CREATE TABLE IF NOT EXISTS llm_job_hours_next
(
    hour DateTime('UTC'),
    build UInt64 COMMENT 'milliseconds since 1970 when it began',
    touched_at DateTime64(3),
    delivered UInt64,
    repriced UInt64
)
ENGINE = ReplacingMergeTree(build)
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per hour: the newest build that was begun. Those of the newest build are being summed.';

CREATE TABLE IF NOT EXISTS llm_job_hours_built
(
    hour DateTime('UTC'),
    build UInt64 COMMENT 'milliseconds since 1970 when it began',
    touched_at DateTime64(3),
    delivered UInt64,
    repriced UInt64
)
ENGINE = ReplacingMergeTree(build)
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per hour: its newest whole build, and what of its own deliveries all builds have seen. Read with FINAL.';

-- Hours that changed since they were summed, but for those whose calls may be gone: their last build counts.
CREATE OR REPLACE VIEW llm_job_hours_open AS
SELECT t.hour AS hour, max(t.touched_at) AS touched_at, sum(t.delivered) AS delivered, sum(t.repriced) AS repriced
FROM llm_job_hours_touched AS t
GROUP BY t.hour
HAVING (hour, touched_at, delivered, repriced) NOT IN (SELECT hour, touched_at, delivered, repriced FROM llm_job_hours_built FINAL)
    AND hour > (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls')
COMMENT 'One row per hour for which something of a job was delivered that no stored sum has seen.';

CREATE OR REPLACE VIEW llm_job_hours_due AS
SELECT hour, touched_at, delivered, repriced
FROM llm_job_hours_open
WHERE touched_at < now64(3) - INTERVAL 60 SECOND
COMMENT 'One row per hour to be summed now.';

-- A job begins in the hour of its first span or, while it has none, of its first call. What was delivered for an hour can
-- make that an earlier one than it was: so it is of each job the first hour, and those after an hour that changed.
CREATE OR REPLACE VIEW llm_job_hours_now AS
WITH
    (SELECT groupArray(hour) FROM llm_job_hours_open) AS changed,
    jobs AS
    (
        SELECT arraySort(groupUniqArrayIf(h.hour, bitTest(h.kinds, 0))) AS called, arraySort(groupUniqArrayIf(h.hour, bitTest(h.kinds, 1))) AS started
        FROM llm_job_hours AS h
        WHERE notEmpty(changed) AND h.job IN (SELECT job FROM llm_job_hours WHERE hour IN (SELECT arrayJoin(changed)))
        GROUP BY h.job
    )
SELECT arrayJoin(changed) AS hour
UNION DISTINCT
SELECT arrayJoin(arrayConcat(
    arrayFilter((began, at) -> at = 1 OR has(changed, called[at - 1]), called, arrayEnumerate(called)),
    arrayFilter((began, at) -> at = 1 OR has(changed, started[at - 1]), started, arrayEnumerate(started)))) AS hour
FROM jobs
WHERE hour > (SELECT if(max(days) = 0, toDateTime(0, 'UTC'), now('UTC') - toIntervalDay(max(days))) FROM llm_retention FINAL WHERE name = 'calls')
COMMENT 'One row per hour whose stored sums of jobs may not be right.';

-- The hundred dearest jobs of an hour have lines of their own, all others are added up: job_id ''.
CREATE OR REPLACE VIEW llm_hourly_jobs_now AS
WITH
    (SELECT groupArray(hour) FROM llm_job_hours_now) AS hours,
    -- Jobs that may have begun in them, and when they were called and something was said of them.
    (
        SELECT (groupArray(job), groupUniqArrayArray(called), groupUniqArrayArray(told))
        FROM
        (
            SELECT
                h.job AS job, groupArrayIf(h.hour, bitTest(h.kinds, 0)) AS called, groupArrayIf(h.hour, bitTest(h.kinds, 2)) AS told,
                groupArrayIf(h.hour, bitTest(h.kinds, 1)) AS started
            FROM llm_job_hours AS h
            WHERE notEmpty(hours)
                AND h.job IN (SELECT job FROM llm_job_hours WHERE hour IN (SELECT arrayJoin(hours)) AND bitAnd(kinds, 3) != 0)
            GROUP BY h.job
            HAVING has(hours, arrayMin(called)) OR has(hours, arrayMin(started))
        )
    ) AS begun,
    calls AS
    (
        SELECT
            c.job_id AS job_id, toString(c.currency) AS currency, count() AS records, sum(c.cost) AS spend,
            sum(if(c.charge_kind = 'human_review', c.cost, NULL)) AS review_spend,
            countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced, countIf(c.cost_status = 'partial') AS partly_priced,
            countIf(c.cost_status = 'no_usage') AS no_usage,
            min(c.ts) AS first_call,
            argMin((c.tenant, toString(c.plan), toString(c.feature), toString(c.service), toString(c.job_name)), c.ts) AS first_said
        FROM llm_calls AS c
        WHERE notEmpty(begun.2) AND c.hour IN (SELECT arrayJoin(begun.2))
            AND c.job_id != '' AND sipHash64(c.job_id) IN (SELECT arrayJoin(begun.1))
        GROUP BY job_id, currency
    ),
    -- As in llm_jobs.
    known AS
    (
        SELECT
            r.job_id AS job_id,
            argMaxIf(r.tenant, r.ts, r.tenant != '') AS tenant,
            argMaxIf(r.plan, r.ts, r.plan != '') AS plan,
            argMaxIf(r.feature, r.ts, r.feature != '') AS feature,
            argMaxIf(r.service, r.ts, r.source = 'span') AS service,
            argMaxIf(r.job_name, r.ts, r.job_name != '') AS name,
            min(r.started) AS started,
            argMaxIf(r.outcome, r.ts, r.outcome != '') AS outcome,
            argMaxIf(r.revenue, r.ts, r.revenue IS NOT NULL) AS revenue,
            argMaxIf(r.revenue_currency, r.ts, r.revenue IS NOT NULL) AS revenue_currency,
            sum(r.review_minutes) AS review_minutes
        FROM llm_job_records AS r FINAL
        WHERE notEmpty(begun.3) AND toStartOfHour(r.ts, 'UTC') IN (SELECT arrayJoin(begun.3))
            AND sipHash64(r.job_id) IN (SELECT arrayJoin(begun.1))
        GROUP BY job_id
    ),
    told AS
    (
        SELECT
            job_id, [(currency, records, spend, review_spend, unpriced, partly_priced, no_usage)] AS paid, toNullable(first_call) AS first_call, first_said,
            CAST(NULL, 'Nullable(DateTime64(9))') AS started, ('', '', '', '', '') AS said, '' AS outcome,
            CAST(NULL, 'Nullable(Float64)') AS review_minutes, CAST(NULL, 'Nullable(Decimal(38, 12))') AS revenue, '' AS revenue_currency
        FROM calls
        UNION ALL
        SELECT
            job_id, [], NULL, ('', '', '', '', ''), started, (tenant, toString(plan), toString(feature), toString(service), toString(name)), toString(outcome),
            review_minutes, revenue, toString(revenue_currency)
        FROM known
    ),
    jobs AS
    (
        SELECT
            t.job_id AS job_id,
            toStartOfHour(assumeNotNull(ifNull(min(t.started), min(t.first_call))), 'UTC') AS hour,
            count(t.started) + count(t.first_call) > 0 AS has_begun,
            max(t.said) AS said,
            argMinIf(t.first_said, assumeNotNull(t.first_call), t.first_call IS NOT NULL) AS first_said,
            max(t.outcome) AS outcome, max(t.review_minutes) AS review_minutes, max(t.revenue) AS revenue, max(t.revenue_currency) AS revenue_currency,
            -- Money by currency: what its calls cost, and what it earns. A job without either has one line without money.
            arrayPushBack(groupArrayArray(t.paid), (if(revenue IS NULL, '', revenue_currency), 0, NULL, NULL, 0, 0, 0)) AS lines,
            -- What has no currency is shown beside the money that the job was mostly paid in.
            arraySort(arrayMap(line -> (line.1 != '', line.3 IS NOT NULL, line.2, line.1), lines))[-1].4 AS mostly,
            arrayDistinct(arrayMap(line -> if(line.1 != '', line.1, mostly), lines)) AS currencies,
            if(revenue_currency != '', revenue_currency, mostly) AS earned_in
        FROM told AS t
        GROUP BY job_id
        HAVING has_begun AND has(hours, hour)
    ),
    sums AS
    (
        SELECT
            *, arrayFilter(line -> if(line.1 != '', line.1, mostly) = paid_in, lines) AS own,
            arraySum(line -> line.2, own) AS records,
            arrayReduce('sum', arrayMap(line -> line.3, own)) AS spend,
            arrayReduce('sum', arrayMap(line -> line.4, own)) AS review_spend,
            arraySum(line -> line.5, own) AS unpriced, arraySum(line -> line.6, own) AS partly_priced, arraySum(line -> line.7, own) AS no_usage,
            if(paid_in = earned_in, revenue, NULL) AS earned,
            row_number() OVER (PARTITION BY hour ORDER BY if(records = 0, toDecimal128(0, 12), spend) DESC NULLS LAST, job_id, paid_in) AS place
        FROM (SELECT *, arrayJoin(currencies) AS paid_in FROM jobs)
    )
SELECT
    r.hour AS hour,
    if(r.said.1 != '', r.said.1, r.first_said.1) AS tenant,
    if(r.said.2 != '', r.said.2, r.first_said.2) AS plan,
    if(r.said.3 != '', r.said.3, r.first_said.3) AS feature,
    if(r.said.4 != '', r.said.4, r.first_said.4) AS service,
    if(r.said.5 != '', r.said.5, r.first_said.5) AS job_name,
    r.paid_in AS currency,
    if(r.place <= 100, r.job_id, '') AS job_id,
    count() AS jobs,
    countIf(r.outcome = 'success') AS succeeded,
    countIf(r.outcome = 'failure') AS failed_jobs,
    countIf(r.outcome = 'partial') AS partial_jobs,
    countIf(r.outcome = 'abandoned') AS abandoned_jobs,
    countIf(r.outcome = '') AS open_jobs,
    sum(r.records) AS records,
    sum(r.spend) AS spend,
    sum(if(r.outcome = 'failure', r.spend, NULL)) AS failed_spend,
    sum(r.review_minutes) AS review_minutes,
    sum(r.review_spend) AS review_spend,
    sum(r.earned) AS revenue,
    countIf(r.earned IS NULL) AS without_revenue,
    countIf(length(r.currencies) > 1) AS mixed_jobs,
    sum(r.unpriced) AS unpriced,
    sum(r.partly_priced) AS partly_priced,
    sum(r.no_usage) AS no_usage
FROM sums AS r
GROUP BY hour, tenant, plan, feature, service, job_name, currency, job_id
COMMENT 'The sums of llm_hourly_jobs in hours whose stored ones may not be right, made from calls and records of jobs while reading.';

CREATE TABLE IF NOT EXISTS llm_hourly_jobs_built
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(3)),
    tenant String CODEC(ZSTD(3)),
    plan LowCardinality(String) CODEC(ZSTD(3)),
    feature LowCardinality(String) CODEC(ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    job_name LowCardinality(String) CODEC(ZSTD(3)),
    currency LowCardinality(String) CODEC(ZSTD(3)),
    job_id String COMMENT 'of one of the hundred dearest of the hour; '''': all others' CODEC(ZSTD(3)),
    jobs UInt64 COMMENT 'a job with money in several currencies is in the rows of each' CODEC(T64, ZSTD(3)),
    succeeded UInt64 CODEC(T64, ZSTD(3)),
    failed_jobs UInt64 CODEC(T64, ZSTD(3)),
    partial_jobs UInt64 CODEC(T64, ZSTD(3)),
    abandoned_jobs UInt64 CODEC(T64, ZSTD(3)),
    open_jobs UInt64 COMMENT 'without an outcome' CODEC(T64, ZSTD(3)),
    records UInt64 COMMENT 'attempts and charges' CODEC(T64, ZSTD(3)),
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced' CODEC(ZSTD(3)),
    failed_spend Nullable(Decimal(38, 12)) COMMENT 'of jobs that failed' CODEC(ZSTD(3)),
    review_minutes Nullable(Float64) CODEC(ZSTD(3)),
    review_spend Nullable(Decimal(38, 12)) COMMENT 'charges for human review' CODEC(ZSTD(3)),
    revenue Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: none is known' CODEC(ZSTD(3)),
    without_revenue UInt64 COMMENT 'jobs that are not known to earn anything in currency' CODEC(T64, ZSTD(3)),
    mixed_jobs UInt64 COMMENT 'jobs with money in another currency too' CODEC(T64, ZSTD(3)),
    unpriced UInt64 COMMENT 'usage known, price not' CODEC(T64, ZSTD(3)),
    partly_priced UInt64 CODEC(T64, ZSTD(3)),
    no_usage UInt64 COMMENT 'no usage reported' CODEC(T64, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_job_hours_next' CODEC(Delta, ZSTD(3)),
    build_rows UInt64 COMMENT 'rows of this build: one with fewer is not whole. Each of its hours has one without jobs' CODEC(Delta, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (hour, build, tenant, plan, feature, service, job_name, currency, job_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of llm_hourly_jobs, right or outdated. Read llm_hourly_jobs.';

CREATE OR REPLACE VIEW llm_hourly_jobs AS
WITH (SELECT groupArray(hour) FROM llm_job_hours_now) AS hours
SELECT
    hour, tenant, plan, feature, service, job_name, currency, job_id, jobs, succeeded, failed_jobs, partial_jobs,
    abandoned_jobs, open_jobs, records, spend, failed_spend, review_minutes, review_spend, revenue, without_revenue,
    mixed_jobs, unpriced, partly_priced, no_usage
FROM llm_hourly_jobs_built
WHERE jobs > 0 AND (hour, build) IN (SELECT hour, build FROM llm_job_hours_built FINAL WHERE NOT has(hours, hour))
UNION ALL
SELECT
    hour, tenant, plan, feature, service, job_name, currency, job_id, jobs, succeeded, failed_jobs, partial_jobs,
    abandoned_jobs, open_jobs, records, spend, failed_spend, review_minutes, review_spend, revenue, without_revenue,
    mixed_jobs, unpriced, partly_priced, no_usage
FROM llm_hourly_jobs_now
COMMENT 'Per hour in which they began: what jobs cost and earned, and how they ended, by customer, plan, feature, service and job.';
