-- Experiment and variant as columns of what panels read in place of sums, so that these can be narrowed to them. Otherwise the
-- views are those of 0020 and 0023.

CREATE OR REPLACE VIEW llm_measured_calls AS
SELECT
    c.hour AS hour,
    c.kind AS kind,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.tenant AS tenant,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.outcome AS outcome,
    c.purpose AS purpose,
    c.job_name AS job_name,
    c.trace_id AS trace_id,
    c.experiment AS experiment,
    c.variant AS variant,
    toUInt64(1) AS records,
    CAST(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1, 'UInt64') AS requests,
    CAST(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error')), 'UInt64') AS failed,
    toUInt64(ifNull(c.sdk_retries, 0)) AS sdk_retries,
    toDecimal128(c.cost, 12) AS spend,
    toDecimal128(c.cost_input, 12) AS spend_input,
    toDecimal128(c.cost_cache_read, 12) AS spend_cache_read,
    toDecimal128(c.cost_cache_write, 12) AS spend_cache_write,
    toDecimal128(c.cost_output, 12) AS spend_output,
    toDecimal128(c.cost_other, 12) AS spend_other,
    CAST(c.cost IS NULL AND c.cost_status != 'no_usage', 'UInt64') AS unpriced,
    CAST(c.cost_status = 'partial', 'UInt64') AS partly_priced,
    CAST(c.cost_status = 'no_usage', 'UInt64') AS no_usage,
    c.input_tokens AS input_tokens,
    c.cache_read_tokens AS cache_read_tokens,
    c.cache_write_tokens AS cache_write_tokens,
    c.output_tokens AS output_tokens,
    c.reasoning_tokens AS reasoning_tokens,
    c.duration_ns AS duration_ns
FROM llm_calls AS c
COMMENT 'One row per attempt or charge, with the columns of llm_hourly and llm_hourly_tenants: what it adds to them.';

CREATE OR REPLACE VIEW llm_measured_latencies AS
SELECT
    c.hour AS hour,
    measured.1 AS measure,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.tenant AS tenant,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.purpose AS purpose,
    c.job_name AS job_name,
    c.trace_id AS trace_id,
    c.experiment AS experiment,
    c.variant AS variant,
    toFloat32(pow(1.05, round(log(greatest(measured.2, 0.000001)) / log(1.05)))) AS seconds,
    toUInt64(1) AS attempts
FROM llm_calls AS c
ARRAY JOIN
[
    ('latency', if(c.outcome NOT IN ('failed', 'cancelled', 'abandoned'), c.duration_ns / 1000000000, NULL)),
    ('first_chunk', c.first_chunk_s)
] AS measured
WHERE c.kind = 'attempt' AND measured.2 BETWEEN 0 AND 1000000
COMMENT 'One row per attempt and measure, with the columns of llm_hourly_latency: what it adds to it.';

CREATE OR REPLACE VIEW llm_failed_attempts AS
SELECT
    c.hour AS hour,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.tenant AS tenant,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.purpose AS purpose,
    c.job_name AS job_name,
    c.trace_id AS trace_id,
    c.experiment AS experiment,
    c.variant AS variant,
    c.error_type AS error,
    toUInt64(1) AS failed,
    c.ts AS last_ts,
    c.trace_id AS last_trace
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))
COMMENT 'One row per attempt that failed.';

CREATE OR REPLACE VIEW llm_unpriced_attempts AS
SELECT
    c.hour AS hour,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.tenant AS tenant,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.purpose AS purpose,
    c.job_name AS job_name,
    c.trace_id AS trace_id,
    c.experiment AS experiment,
    c.variant AS variant,
    toUInt64(1) AS attempts,
    c.input_tokens AS input_tokens,
    c.output_tokens AS output_tokens,
    c.ts AS last_ts
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND c.cost IS NULL AND c.cost_status != 'no_usage'
COMMENT 'One row per attempt whose usage is known and whose cost is not.';

CREATE OR REPLACE VIEW llm_arrivals AS
SELECT
    c.hour AS hour,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.tenant AS tenant,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.purpose AS purpose,
    c.job_name AS job_name,
    c.trace_id AS trace_id,
    c.experiment AS experiment,
    c.variant AS variant,
    addNanoseconds(c.ts, toInt64(c.duration_ns)) AS last_end,
    dateDiff('millisecond', toDateTime64(last_end, 3, 'UTC'), toDateTime64(c.received_at, 3, 'UTC')) AS most_lag_ms,
    toFloat32(if(most_lag_ms = 0, 0, sign(most_lag_ms) * pow(1.05, round(log(abs(most_lag_ms) / 1000) / log(1.05))))) AS lag_s,
    toUInt64(1) AS records,
    toUInt64(c.received_at > c.ts + INTERVAL 1 HOUR + INTERVAL c.duration_ns NANOSECOND) AS late,
    toUInt64(c.ts > c.received_at + INTERVAL 5 MINUTE) AS ahead,
    CAST(c.cost IS NULL AND c.cost_status != 'no_usage', 'UInt64') AS unpriced,
    CAST(c.cost_status = 'partial', 'UInt64') AS partly_priced,
    CAST(c.cost_status = 'no_usage', 'UInt64') AS no_usage,
    toUInt64(c.sampling_kept) AS sampled_out
FROM llm_calls AS c
COMMENT 'One row per attempt or charge: how long after its end it arrived, and what is wrong with it.';

CREATE OR REPLACE VIEW llm_measured_routes AS
SELECT
    toStartOfHour(r.ts, 'UTC') AS hour,
    r.service AS service,
    r.route AS route,
    r.reason AS reason,
    r.tenant AS tenant,
    r.plan AS plan,
    r.feature AS feature,
    r.task AS task,
    r.risk AS risk,
    r.job_name AS job_name,
    r.trace_id AS trace_id,
    r.experiment AS experiment,
    r.variant AS variant,
    r.requested_model AS requested_model,
    r.selected_model AS selected_model,
    r.served_model AS served_model,
    r.response_cache_result AS response_cache_result,
    toUInt64(1) AS routes,
    toUInt64(ifNull(r.fallback_used, false)) AS fallbacks,
    CAST(r.outcome = 'error', 'UInt64') AS failed,
    toUInt64(length(r.candidates)) AS candidates,
    toUInt64(notEmpty(r.candidates)) AS with_candidates
FROM llm_routes AS r
COMMENT 'One row per route: what it asked for, chose and got, and whether an own cache of answers had it.';
