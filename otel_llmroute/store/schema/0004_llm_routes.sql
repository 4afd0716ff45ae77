-- One row per route: a logical request, where it was answered, why there, and how it ended. Routes carry no money.
-- Columns that llm_calls has too hold what the route knew when it ended. Read with FINAL.
CREATE TABLE IF NOT EXISTS llm_routes
(
    ts DateTime64(9) COMMENT 'when it began' CODEC(Delta, ZSTD(1)),
    trace_id String,
    span_id String,
    parent_span_id String,
    service LowCardinality(String),
    run_id LowCardinality(String) COMMENT 'the `llmroute run` that it came from',
    route_id String COMMENT 'joins llm_calls with llm_routes',
    route LowCardinality(String),
    route_source LowCardinality(String) COMMENT 'who named the route',
    reason LowCardinality(String) COMMENT 'why this destination',
    reason_detail LowCardinality(String) COMMENT 'the router''s own word',
    rule LowCardinality(String),
    router LowCardinality(String) COMMENT 'who decided',
    destination LowCardinality(String),
    policy LowCardinality(String),
    policy_version LowCardinality(String),
    job_id String COMMENT 'joins with llm_jobs',
    job_name LowCardinality(String),
    tenant String,
    plan LowCardinality(String),
    feature LowCardinality(String),
    task LowCardinality(String),
    risk LowCardinality(String),
    review_status LowCardinality(String),
    requested_model LowCardinality(String),
    candidates Array(String),
    excluded Array(String) COMMENT 'provider/model=reason',
    selected_model LowCardinality(String),
    selected_provider LowCardinality(String),
    served_model LowCardinality(String),
    served_provider LowCardinality(String),
    fallback_used Nullable(Bool),
    fallback_path Array(String) COMMENT 'provider/model of each destination tried',
    attempt_count Nullable(UInt32),
    outcome LowCardinality(String) COMMENT 'how the route ended',
    score Nullable(Float64),
    threshold Nullable(Float64),
    confidence Nullable(Float64),
    response_cache_result LowCardinality(String),
    response_cache_kind LowCardinality(String),
    response_cache_similarity Nullable(Float64),
    avoided_cost Nullable(Decimal(18, 12)) COMMENT 'what the avoided call would have cost',
    callsite LowCardinality(String),
    error_type LowCardinality(String),
    status LowCardinality(String) COMMENT 'Unset, Ok or Error',
    duration_ns UInt64 COMMENT 'nanoseconds',
    sampling_kept Bool COMMENT 'kept for its money though the sampler dropped its trace',
    received_at DateTime64(3) DEFAULT now64(3) COMMENT 'when the newest delivery was stored'
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(ts, 'UTC')
PRIMARY KEY toStartOfHour(ts, 'UTC')
ORDER BY (toStartOfHour(ts, 'UTC'), trace_id, span_id, service, ts)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per route, without money. Read with FINAL.';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_routes_from_spans TO llm_routes AS
WITH SpanAttributes AS a
SELECT
    Timestamp AS ts,
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    a['llmroute.route.id'] AS route_id,
    a['llmroute.route.name'] AS route,
    a['llmroute.route.source'] AS route_source,
    a['llmroute.route.reason'] AS reason,
    a['llmroute.route.reason_detail'] AS reason_detail,
    a['llmroute.route.rule'] AS rule,
    a['llmroute.route.router'] AS router,
    a['llmroute.route.destination'] AS destination,
    a['llmroute.policy.name'] AS policy,
    a['llmroute.policy.version'] AS policy_version,
    a['llmroute.job.id'] AS job_id,
    a['llmroute.job.name'] AS job_name,
    a['llmroute.tenant.id'] AS tenant,
    a['llmroute.tenant.plan'] AS plan,
    a['llmroute.feature'] AS feature,
    a['llmroute.task.class'] AS task,
    a['llmroute.risk.level'] AS risk,
    a['llmroute.review.status'] AS review_status,
    a['llmroute.route.requested_model'] AS requested_model,
    JSONExtract(a['llmroute.route.candidates'], 'Array(String)') AS candidates,
    JSONExtract(a['llmroute.route.excluded'], 'Array(String)') AS excluded,
    a['llmroute.route.selected_model'] AS selected_model,
    a['llmroute.route.selected_provider'] AS selected_provider,
    a['llmroute.route.served_model'] AS served_model,
    a['llmroute.route.served_provider'] AS served_provider,
    multiIf(lower(a['llmroute.route.fallback_used']) = 'true', true, lower(a['llmroute.route.fallback_used']) = 'false', false, NULL) AS fallback_used,
    JSONExtract(a['llmroute.route.fallback_path'], 'Array(String)') AS fallback_path,
    toUInt32OrNull(a['llmroute.route.attempt_count']) AS attempt_count,
    a['llmroute.route.outcome'] AS outcome,
    toFloat64OrNull(a['llmroute.route.score']) AS score,
    toFloat64OrNull(a['llmroute.route.threshold']) AS threshold,
    toFloat64OrNull(a['llmroute.route.confidence']) AS confidence,
    a['llmroute.response_cache.result'] AS response_cache_result,
    a['llmroute.response_cache.kind'] AS response_cache_kind,
    toFloat64OrNull(a['llmroute.response_cache.similarity']) AS response_cache_similarity,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.response_cache.avoided_cost'], 18), 12), 'Decimal(18, 12)') AS avoided_cost,
    a['llmroute.callsite'] AS callsite,
    a['error.type'] AS error_type,
    replaceOne(StatusCode, 'STATUS_CODE_', '') AS status,
    Duration AS duration_ns,
    a['llmroute.sampling.kept'] = 'true' AS sampling_kept
FROM otel_traces
WHERE SpanAttributes['llmroute.record.kind'] = 'route';

-- One row per decision that did work of its own (a classifier call, a look-up). Its model calls are attempts with purpose
-- routing. Read with FINAL.
CREATE TABLE IF NOT EXISTS llm_decisions
(
    ts DateTime64(9) COMMENT 'when it began' CODEC(Delta, ZSTD(1)),
    trace_id String,
    span_id String,
    parent_span_id String,
    service LowCardinality(String),
    run_id LowCardinality(String) COMMENT 'the `llmroute run` that it came from',
    route_id String COMMENT 'joins llm_calls with llm_routes',
    route LowCardinality(String),
    route_source LowCardinality(String) COMMENT 'who named the route',
    reason LowCardinality(String) COMMENT 'why this destination',
    reason_detail LowCardinality(String) COMMENT 'the router''s own word',
    rule LowCardinality(String),
    router LowCardinality(String) COMMENT 'who decided',
    destination LowCardinality(String),
    policy LowCardinality(String),
    policy_version LowCardinality(String),
    job_id String COMMENT 'joins with llm_jobs',
    job_name LowCardinality(String),
    tenant String,
    plan LowCardinality(String),
    feature LowCardinality(String),
    score Nullable(Float64),
    threshold Nullable(Float64),
    confidence Nullable(Float64),
    error_type LowCardinality(String),
    status LowCardinality(String) COMMENT 'Unset, Ok or Error',
    duration_ns UInt64 COMMENT 'nanoseconds',
    sampling_kept Bool COMMENT 'kept for its money though the sampler dropped its trace',
    received_at DateTime64(3) DEFAULT now64(3) COMMENT 'when the newest delivery was stored'
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(ts, 'UTC')
PRIMARY KEY toStartOfHour(ts, 'UTC')
ORDER BY (toStartOfHour(ts, 'UTC'), trace_id, span_id, service, ts)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per decision, without money. Read with FINAL.';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_decisions_from_spans TO llm_decisions AS
WITH SpanAttributes AS a
SELECT
    Timestamp AS ts,
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    a['llmroute.route.id'] AS route_id,
    a['llmroute.route.name'] AS route,
    a['llmroute.route.source'] AS route_source,
    a['llmroute.route.reason'] AS reason,
    a['llmroute.route.reason_detail'] AS reason_detail,
    a['llmroute.route.rule'] AS rule,
    a['llmroute.route.router'] AS router,
    a['llmroute.route.destination'] AS destination,
    a['llmroute.policy.name'] AS policy,
    a['llmroute.policy.version'] AS policy_version,
    a['llmroute.job.id'] AS job_id,
    a['llmroute.job.name'] AS job_name,
    a['llmroute.tenant.id'] AS tenant,
    a['llmroute.tenant.plan'] AS plan,
    a['llmroute.feature'] AS feature,
    toFloat64OrNull(a['llmroute.route.score']) AS score,
    toFloat64OrNull(a['llmroute.route.threshold']) AS threshold,
    toFloat64OrNull(a['llmroute.route.confidence']) AS confidence,
    a['error.type'] AS error_type,
    replaceOne(StatusCode, 'STATUS_CODE_', '') AS status,
    Duration AS duration_ns,
    a['llmroute.sampling.kept'] = 'true' AS sampling_kept
FROM otel_traces
WHERE SpanAttributes['llmroute.record.kind'] = 'decision';
