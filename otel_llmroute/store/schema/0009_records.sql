-- What was delivered, and what is so, become two things: llm_call_records, llm_route_records and llm_decision_records hold
-- one row per delivery until the engine has merged them; llm_calls, llm_routes and llm_decisions are views that show each
-- call, route and decision once, at its cost of today. Nobody has to remember FINAL.
DROP VIEW IF EXISTS llm_calls_from_spans;
DROP VIEW IF EXISTS llm_routes_from_spans;
DROP VIEW IF EXISTS llm_decisions_from_spans;
DROP VIEW IF EXISTS llm_job_records_from_spans;
RENAME TABLE IF EXISTS llm_calls TO llm_call_records;
RENAME TABLE IF EXISTS llm_routes TO llm_route_records;
RENAME TABLE IF EXISTS llm_decisions TO llm_decision_records;

-- What a call takes of the disk is mostly ids and amounts. Random ids are written as hexadecimal, twice as long as what
-- they say; amounts are multiples of prices, durations of microseconds. The span above and the provider's own id of the
-- answer are in otel_traces, as long as it is kept.
ALTER TABLE llm_call_records
    DROP COLUMN IF EXISTS parent_span_id,
    DROP COLUMN IF EXISTS response_id;
ALTER TABLE llm_call_records
    MODIFY COLUMN ts CODEC(T64, ZSTD(1)),
    MODIFY COLUMN trace_id CODEC(ZSTD(1)),
    MODIFY COLUMN span_id CODEC(ZSTD(1)),
    MODIFY COLUMN route_id String COMMENT 'joins with llm_routes' CODEC(ZSTD(1)),
    MODIFY COLUMN job_id String COMMENT 'joins with llm_jobs' CODEC(ZSTD(1)),
    MODIFY COLUMN tenant CODEC(ZSTD(1)),
    MODIFY COLUMN route CODEC(ZSTD(1)),
    MODIFY COLUMN reason CODEC(ZSTD(1)),
    MODIFY COLUMN plan CODEC(ZSTD(1)),
    MODIFY COLUMN feature CODEC(ZSTD(1)),
    MODIFY COLUMN task CODEC(ZSTD(1)),
    MODIFY COLUMN provider CODEC(ZSTD(1)),
    MODIFY COLUMN request_model CODEC(ZSTD(1)),
    MODIFY COLUMN response_model CODEC(ZSTD(1)),
    MODIFY COLUMN model CODEC(ZSTD(1)),
    MODIFY COLUMN input_tokens CODEC(T64, ZSTD(1)),
    MODIFY COLUMN output_tokens CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_read_tokens CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cache_write_tokens CODEC(T64, ZSTD(1)),
    MODIFY COLUMN cost CODEC(GCD, T64, ZSTD(1)),
    MODIFY COLUMN cost_input CODEC(GCD, T64, ZSTD(1)),
    MODIFY COLUMN cost_cache_read CODEC(GCD, T64, ZSTD(1)),
    MODIFY COLUMN cost_cache_write CODEC(GCD, T64, ZSTD(1)),
    MODIFY COLUMN cost_output CODEC(GCD, T64, ZSTD(1)),
    MODIFY COLUMN first_chunk_s CODEC(ZSTD(1)),
    MODIFY COLUMN duration_ns UInt64 COMMENT 'nanoseconds, to the microsecond' CODEC(GCD, T64, ZSTD(1)),
    MODIFY COMMENT 'Attempts and charges as delivered, one row per delivery. Read llm_calls.';
ALTER TABLE llm_route_records
    MODIFY COLUMN trace_id String CODEC(ZSTD(1)),
    MODIFY COLUMN span_id String CODEC(ZSTD(1)),
    MODIFY COLUMN parent_span_id String CODEC(ZSTD(1)),
    MODIFY COLUMN route_id String COMMENT 'joins with llm_calls' CODEC(ZSTD(1)),
    MODIFY COLUMN job_id String COMMENT 'joins with llm_jobs' CODEC(ZSTD(1)),
    MODIFY COMMENT 'Routes as delivered, one row per delivery. Read llm_routes.';
ALTER TABLE llm_decision_records
    MODIFY COMMENT 'Decisions as delivered, one row per delivery. Read llm_decisions.';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_call_records_from_spans TO llm_call_records AS
WITH CAST(SpanAttributes, 'Map(String, String)') AS a
SELECT
    a['llmroute.record.kind'] AS kind,
    Timestamp AS ts,
    TraceId AS trace_id,
    SpanId AS span_id,
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
    toUInt32OrNull(a['llmroute.attempt.number']) AS attempt_number,
    a['llmroute.attempt.reason'] AS attempt_reason,
    a['llmroute.attempt.outcome'] AS outcome,
    toUInt32OrNull(a['llmroute.attempt.sdk_retries']) AS sdk_retries,
    a['llmroute.purpose'] AS purpose,
    a['gen_ai.operation.name'] AS operation,
    arrayFirst(value -> value != '', [a['gen_ai.provider.name'], a['gen_ai.system']]) AS provider,
    a['gen_ai.request.model'] AS request_model,
    a['gen_ai.response.model'] AS response_model,
    if(a['gen_ai.response.model'] != '', a['gen_ai.response.model'], a['gen_ai.request.model']) AS model,
    JSONExtract(a['gen_ai.response.finish_reasons'], 'Array(String)') AS finish_reasons,
    a['gen_ai.request.stream'] = 'true' AS stream,
    a['llmroute.usage.status'] AS usage_status,
    toUInt64OrNull(arrayFirst(value -> value != '', [a['gen_ai.usage.input_tokens'], a['gen_ai.usage.prompt_tokens']])) AS input_tokens,
    toUInt64OrNull(arrayFirst(value -> value != '', [a['gen_ai.usage.output_tokens'], a['gen_ai.usage.completion_tokens']])) AS output_tokens,
    toUInt64OrNull(arrayFirst(value -> value != '', [a['gen_ai.usage.cache_read.input_tokens'], a['gen_ai.usage.cache_read_input_tokens']])) AS cache_read_tokens,
    toUInt64OrNull(arrayFirst(value -> value != '', [a['gen_ai.usage.cache_write.input_tokens'], a['gen_ai.usage.cache_creation.input_tokens'], a['gen_ai.usage.cache_creation_input_tokens']])) AS cache_write_tokens,
    toUInt64OrNull(a['llmroute.usage.cache_write_5m_tokens']) AS cache_write_5m_tokens,
    toUInt64OrNull(a['llmroute.usage.cache_write_1h_tokens']) AS cache_write_1h_tokens,
    toUInt64OrNull(a['gen_ai.usage.reasoning.output_tokens']) AS reasoning_tokens,
    toUInt64OrNull(a['gen_ai.usage.text.input_tokens']) AS text_input_tokens,
    toUInt64OrNull(a['gen_ai.usage.audio.input_tokens']) AS audio_input_tokens,
    toUInt64OrNull(a['gen_ai.usage.image.input_tokens']) AS image_input_tokens,
    toUInt64OrNull(a['gen_ai.usage.text.output_tokens']) AS text_output_tokens,
    toUInt64OrNull(a['gen_ai.usage.audio.output_tokens']) AS audio_output_tokens,
    toUInt64OrNull(a['gen_ai.usage.image.output_tokens']) AS image_output_tokens,
    toUInt64OrNull(a['llmroute.usage.server_tool_calls']) AS server_tool_calls,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.cost.amount'], 18), 12), 'Decimal(18, 12)') AS cost,
    a['llmroute.cost.currency'] AS currency,
    a['llmroute.cost.source'] AS cost_source,
    a['llmroute.cost.status'] AS cost_status,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.cost.input'], 18), 12), 'Decimal(18, 12)') AS cost_input,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.cost.cache_read'], 18), 12), 'Decimal(18, 12)') AS cost_cache_read,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.cost.cache_write'], 18), 12), 'Decimal(18, 12)') AS cost_cache_write,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.cost.output'], 18), 12), 'Decimal(18, 12)') AS cost_output,
    accurateCastOrNull(round(toDecimal128OrNull(a['llmroute.cost.other'], 18), 12), 'Decimal(18, 12)') AS cost_other,
    a['llmroute.price.version'] AS price_version,
    a['llmroute.price.service_tier'] AS service_tier,
    a['llmroute.price.region'] AS region,
    a['llmroute.charge.kind'] AS charge_kind,
    toFloat64OrNull(a['llmroute.charge.quantity']) AS charge_quantity,
    a['llmroute.charge.unit'] AS charge_unit,
    a['llmroute.callsite'] AS callsite,
    a['http.route'] AS http_route,
    a['server.address'] AS server_address,
    toUInt16OrNull(a['http.response.status_code']) AS http_status,
    toFloat64OrNull(a['gen_ai.response.time_to_first_chunk']) AS first_chunk_s,
    a['error.type'] AS error_type,
    initcap(replaceOne(StatusCode, 'STATUS_CODE_', '')) AS status,
    intDiv(Duration, 1000) * 1000 AS duration_ns,
    a['llmroute.sampling.kept'] = 'true' AS sampling_kept
FROM otel_traces
WHERE SpanAttributes['llmroute.record.kind'] IN ('attempt', 'charge');

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_route_records_from_spans TO llm_route_records AS
WITH CAST(SpanAttributes, 'Map(String, String)') AS a
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
    initcap(replaceOne(StatusCode, 'STATUS_CODE_', '')) AS status,
    Duration AS duration_ns,
    a['llmroute.sampling.kept'] = 'true' AS sampling_kept
FROM otel_traces
WHERE SpanAttributes['llmroute.record.kind'] = 'route';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_decision_records_from_spans TO llm_decision_records AS
WITH CAST(SpanAttributes, 'Map(String, String)') AS a
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
    initcap(replaceOne(StatusCode, 'STATUS_CODE_', '')) AS status,
    Duration AS duration_ns,
    a['llmroute.sampling.kept'] = 'true' AS sampling_kept
FROM otel_traces
WHERE SpanAttributes['llmroute.record.kind'] = 'decision';

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
