-- The experiment that a call and a route are a part of, and which variant of it they got. What a route says it has spared is
-- an estimate of the application's, and has a currency. Those who experiment with few of their calls find them by an index.
ALTER TABLE llm_call_records
    ADD COLUMN IF NOT EXISTS experiment LowCardinality(String) COMMENT 'what it is a part of' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS variant LowCardinality(String) COMMENT 'which variant of the experiment it got' CODEC(ZSTD(1)),
    ADD INDEX IF NOT EXISTS by_experiment experiment TYPE set(16) GRANULARITY 1;
ALTER TABLE llm_route_records
    ADD COLUMN IF NOT EXISTS experiment LowCardinality(String) COMMENT 'what it is a part of',
    ADD COLUMN IF NOT EXISTS variant LowCardinality(String) COMMENT 'which variant of the experiment it got',
    ADD COLUMN IF NOT EXISTS avoided_currency LowCardinality(String) COMMENT 'of avoided_cost; empty where it was not said',
    MODIFY COLUMN avoided_cost Nullable(Decimal(18, 12)) COMMENT 'an estimate: what the call that was not made would have cost',
    ADD INDEX IF NOT EXISTS by_experiment experiment TYPE set(16) GRANULARITY 1;

DROP VIEW IF EXISTS llm_call_records_from_spans;
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
    a['llmroute.experiment.name'] AS experiment,
    a['llmroute.experiment.variant'] AS variant,
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

DROP VIEW IF EXISTS llm_route_records_from_spans;
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
    a['llmroute.experiment.name'] AS experiment,
    a['llmroute.experiment.variant'] AS variant,
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
    accurateCastOrNull(round(toDecimal128OrNull(arrayFirst(value -> value != '', [a['llmroute.route.avoided_cost_estimate'], a['llmroute.response_cache.avoided_cost']]), 18), 12), 'Decimal(18, 12)') AS avoided_cost,
    a['llmroute.route.avoided_cost_currency'] AS avoided_currency,
    a['llmroute.callsite'] AS callsite,
    a['error.type'] AS error_type,
    initcap(replaceOne(StatusCode, 'STATUS_CODE_', '')) AS status,
    Duration AS duration_ns,
    a['llmroute.sampling.kept'] = 'true' AS sampling_kept
FROM otel_traces
WHERE SpanAttributes['llmroute.record.kind'] = 'route';

CREATE OR REPLACE VIEW llm_calls AS
SELECT *, toStartOfHour(ts, 'UTC') AS hour
FROM llm_call_records FINAL
WHERE toStartOfHour(ts, 'UTC') NOT IN (SELECT hour FROM llm_repriced_hours)
UNION ALL
WITH toUnixTimestamp64Milli(c.computed_at) != 0 AND r.cost_source != 'provider' AS is_repriced
SELECT
    r.* REPLACE (
        if(is_repriced, c.cost, r.cost) AS cost,
        CAST(if(is_repriced, c.currency, r.currency), 'LowCardinality(String)') AS currency,
        CAST(if(is_repriced, c.cost_status, r.cost_status), 'LowCardinality(String)') AS cost_status,
        CAST(if(is_repriced, 'local', r.cost_source), 'LowCardinality(String)') AS cost_source,
        if(is_repriced, c.cost_input, r.cost_input) AS cost_input,
        if(is_repriced, c.cost_cache_read, r.cost_cache_read) AS cost_cache_read,
        if(is_repriced, c.cost_cache_write, r.cost_cache_write) AS cost_cache_write,
        if(is_repriced, c.cost_output, r.cost_output) AS cost_output,
        if(is_repriced, c.cost_other, r.cost_other) AS cost_other,
        CAST(if(is_repriced, c.price_version, r.price_version), 'LowCardinality(String)') AS price_version),
    toStartOfHour(r.ts, 'UTC') AS hour
FROM
(
    SELECT * FROM llm_call_records FINAL
    WHERE toStartOfHour(ts, 'UTC') IN (SELECT hour FROM llm_repriced_hours)
) AS r
LEFT JOIN
(
    SELECT * FROM llm_costs FINAL ORDER BY computed_at DESC LIMIT 1 BY ts, trace_id, span_id, service
) AS c ON r.ts = c.ts AND r.trace_id = c.trace_id AND r.span_id = c.span_id AND r.service = c.service
COMMENT 'One row per attempt or charge, at its current cost. cost NULL is not known, 0 is free.';

CREATE OR REPLACE VIEW llm_routes AS
SELECT * FROM llm_route_records FINAL
COMMENT 'One row per route, without money.';
