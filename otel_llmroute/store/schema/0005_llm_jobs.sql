-- What was said about a job and when: its spans, and the log events that came later. One row per span or event.
-- Read llm_jobs instead.
CREATE TABLE IF NOT EXISTS llm_job_records
(
    job_id String,
    source LowCardinality(String) COMMENT 'span, outcome or review',
    ts DateTime64(9) COMMENT 'when the span ended or the event happened' CODEC(Delta, ZSTD(1)),
    started Nullable(DateTime64(9)) COMMENT 'when the span began',
    trace_id String,
    span_id String,
    service LowCardinality(String),
    run_id LowCardinality(String),
    job_name LowCardinality(String),
    tenant String,
    plan LowCardinality(String),
    feature LowCardinality(String),
    revenue Nullable(Decimal(18, 12)),
    revenue_currency LowCardinality(String),
    outcome LowCardinality(String),
    review_status LowCardinality(String),
    review_minutes Nullable(Float64),
    error_type LowCardinality(String),
    received_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(ts, 'UTC')
ORDER BY (job_id, source, ts, trace_id, span_id, service, outcome, review_status)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per span or late event of a job. Read llm_jobs.';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_job_records_from_spans TO llm_job_records AS
WITH SpanAttributes AS a
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

-- One row per job. What was said last counts, so an outcome that became known next week replaces the span's.
CREATE OR REPLACE VIEW llm_jobs AS
SELECT
    r.job_id AS job_id,
    argMaxIf(r.job_name, r.ts, r.job_name != '') AS name,
    argMaxIf(r.tenant, r.ts, r.tenant != '') AS tenant,
    argMaxIf(r.plan, r.ts, r.plan != '') AS plan,
    argMaxIf(r.feature, r.ts, r.feature != '') AS feature,
    argMaxIf(r.service, r.ts, r.source = 'span') AS service,
    argMaxIf(r.run_id, r.ts, r.source = 'span') AS run_id,
    min(r.started) AS started,
    maxIf(toNullable(r.ts), r.source = 'span') AS ended,
    argMaxIf(r.outcome, r.ts, r.outcome != '') AS outcome,
    argMaxIf(r.source, r.ts, r.outcome != '') AS outcome_from,
    argMaxIf(r.revenue, r.ts, r.revenue IS NOT NULL) AS revenue,
    argMaxIf(r.revenue_currency, r.ts, r.revenue IS NOT NULL) AS revenue_currency,
    argMaxIf(r.review_status, r.ts, r.review_status != '') AS review_status,
    sum(r.review_minutes) AS review_minutes,
    countIf(r.source = 'span') AS spans
FROM llm_job_records AS r FINAL
GROUP BY r.job_id
COMMENT 'One row per job: what was said last about it, in its spans and in events that came later.';
