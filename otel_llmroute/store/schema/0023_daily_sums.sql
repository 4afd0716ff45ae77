-- Sums of whole days, for panels over weeks: a day has a ninth of the rows of its hours. The store in one process makes them
-- once a day is over and quiet, and again when something for it arrives later (maintenance/days.py); its panels read a day
-- where what it was made from is all that was delivered, else the hours (boards/stored.py). Nothing else reads them: views and
-- servers read hours, and these tables stay empty there.
CREATE TABLE IF NOT EXISTS llm_days_built
(
    name LowCardinality(String),
    day DateTime('UTC'),
    build UInt64 COMMENT 'milliseconds since 1970 when it began, or one more than that of the build before',
    touched_at DateTime64(3) COMMENT 'the latest of its hours in llm_hours_touched when the build began',
    delivered UInt64 COMMENT 'of its hours in llm_hours_touched when the build began',
    repriced UInt64 COMMENT 'of its hours in llm_hours_touched when the build began'
)
ENGINE = ReplacingMergeTree(build)
ORDER BY (name, day)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per table of days and day: its newest whole build. Read with FINAL.';

-- Rows of hours that are wholly priced, with all parts of what they cost, are summed apart: is_whole.
CREATE TABLE IF NOT EXISTS llm_daily_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    kind LowCardinality(String) CODEC(ZSTD(3)),
    currency LowCardinality(String) CODEC(ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    route LowCardinality(String) CODEC(ZSTD(3)),
    reason LowCardinality(String) CODEC(ZSTD(3)),
    provider LowCardinality(String) CODEC(ZSTD(3)),
    model LowCardinality(String) CODEC(ZSTD(3)),
    plan LowCardinality(String) CODEC(ZSTD(3)),
    feature LowCardinality(String) CODEC(ZSTD(3)),
    task LowCardinality(String) CODEC(ZSTD(3)),
    risk LowCardinality(String) CODEC(ZSTD(3)),
    service_tier LowCardinality(String) CODEC(ZSTD(3)),
    attempt_reason LowCardinality(String) CODEC(ZSTD(3)),
    outcome LowCardinality(String) CODEC(ZSTD(3)),
    purpose LowCardinality(String) CODEC(ZSTD(3)),
    is_whole UInt8 CODEC(ZSTD(3)),
    records UInt64 COMMENT 'attempts and charges' CODEC(T64, ZSTD(3)),
    requests UInt64 COMMENT 'first attempts: logical requests that reached a model' CODEC(T64, ZSTD(3)),
    failed UInt64 CODEC(T64, ZSTD(3)),
    sdk_retries UInt64 COMMENT 'retries inside SDK calls' CODEC(T64, ZSTD(3)),
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced' CODEC(ZSTD(3)),
    spend_input Nullable(Decimal(38, 12)) CODEC(ZSTD(3)),
    spend_cache_read Nullable(Decimal(38, 12)) CODEC(ZSTD(3)),
    spend_cache_write Nullable(Decimal(38, 12)) CODEC(ZSTD(3)),
    spend_output Nullable(Decimal(38, 12)) CODEC(ZSTD(3)),
    spend_other Nullable(Decimal(38, 12)) CODEC(ZSTD(3)),
    unpriced UInt64 COMMENT 'usage known, price not' CODEC(T64, ZSTD(3)),
    partly_priced UInt64 CODEC(T64, ZSTD(3)),
    no_usage UInt64 COMMENT 'no usage reported' CODEC(T64, ZSTD(3)),
    input_tokens Nullable(UInt64) COMMENT 'cache reads and writes included' CODEC(T64, ZSTD(3)),
    cache_read_tokens Nullable(UInt64) CODEC(T64, ZSTD(3)),
    cache_write_tokens Nullable(UInt64) CODEC(T64, ZSTD(3)),
    output_tokens Nullable(UInt64) COMMENT 'reasoning included' CODEC(T64, ZSTD(3)),
    reasoning_tokens Nullable(UInt64) CODEC(T64, ZSTD(3)),
    duration_ns UInt64 COMMENT 'summed' CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier, attempt_reason, outcome, purpose, is_whole)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_hourly, right or outdated. Read llm_hourly.';

CREATE TABLE IF NOT EXISTS llm_daily_tenants_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    tenant String CODEC(ZSTD(3)),
    plan LowCardinality(String) CODEC(ZSTD(3)),
    currency LowCardinality(String) CODEC(ZSTD(3)),
    records UInt64 COMMENT 'attempts and charges' CODEC(T64, ZSTD(3)),
    requests UInt64 COMMENT 'first attempts: logical requests that reached a model' CODEC(T64, ZSTD(3)),
    failed UInt64 CODEC(T64, ZSTD(3)),
    sdk_retries UInt64 COMMENT 'retries inside SDK calls' CODEC(T64, ZSTD(3)),
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced' CODEC(ZSTD(3)),
    unpriced UInt64 COMMENT 'usage known, price not' CODEC(T64, ZSTD(3)),
    partly_priced UInt64 CODEC(T64, ZSTD(3)),
    no_usage UInt64 COMMENT 'no usage reported' CODEC(T64, ZSTD(3)),
    input_tokens Nullable(UInt64) COMMENT 'cache reads and writes included' CODEC(T64, ZSTD(3)),
    cache_read_tokens Nullable(UInt64) CODEC(T64, ZSTD(3)),
    cache_write_tokens Nullable(UInt64) CODEC(T64, ZSTD(3)),
    output_tokens Nullable(UInt64) COMMENT 'reasoning included' CODEC(T64, ZSTD(3)),
    reasoning_tokens Nullable(UInt64) CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, tenant, plan, currency)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_hourly_tenants, right or outdated. Read llm_hourly_tenants.';

CREATE TABLE IF NOT EXISTS llm_daily_latency_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    measure LowCardinality(String) COMMENT 'latency: of attempts that were answered; first_chunk: of streams' CODEC(ZSTD(3)),
    route LowCardinality(String) CODEC(ZSTD(3)),
    provider LowCardinality(String) CODEC(ZSTD(3)),
    model LowCardinality(String) CODEC(ZSTD(3)),
    seconds Float32 COMMENT 'middle of a class 5 % wide: at most 2.5 % from the truth' CODEC(ZSTD(3)),
    attempts UInt64 COMMENT 'so many took so long' CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, measure, route, provider, model, seconds)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_hourly_latency, right or outdated. Read llm_hourly_latency.';

-- What went wrong, and what has no price: few calls of many, which a question finds without reading the others.
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
    c.error_type AS error,
    toUInt64(1) AS failed,
    c.ts AS last_ts,
    c.trace_id AS last_trace
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))
COMMENT 'One row per attempt that failed.';

CREATE TABLE IF NOT EXISTS llm_daily_failures_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    route LowCardinality(String) CODEC(ZSTD(3)),
    provider LowCardinality(String) CODEC(ZSTD(3)),
    model LowCardinality(String) CODEC(ZSTD(3)),
    error LowCardinality(String) CODEC(ZSTD(3)),
    failed UInt64 CODEC(T64, ZSTD(3)),
    last_ts DateTime64(9) COMMENT 'when the last of them began' CODEC(T64, ZSTD(3)),
    last_trace String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, service, route, provider, model, error)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_failed_attempts, right or outdated. Read llm_failed_attempts.';

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
    toUInt64(1) AS attempts,
    c.input_tokens AS input_tokens,
    c.output_tokens AS output_tokens,
    c.ts AS last_ts
FROM llm_calls AS c
WHERE c.kind = 'attempt' AND c.cost IS NULL AND c.cost_status != 'no_usage'
COMMENT 'One row per attempt whose usage is known and whose cost is not.';

CREATE TABLE IF NOT EXISTS llm_daily_unpriced_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    route LowCardinality(String) CODEC(ZSTD(3)),
    provider LowCardinality(String) CODEC(ZSTD(3)),
    model LowCardinality(String) CODEC(ZSTD(3)),
    service_tier LowCardinality(String) CODEC(ZSTD(3)),
    attempts UInt64 CODEC(T64, ZSTD(3)),
    input_tokens Nullable(UInt64) COMMENT 'cache reads and writes included' CODEC(T64, ZSTD(3)),
    output_tokens Nullable(UInt64) COMMENT 'reasoning included' CODEC(T64, ZSTD(3)),
    last_ts DateTime64(9) COMMENT 'when the last of them began' CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, service, route, provider, model, service_tier)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_unpriced_attempts, right or outdated. Read llm_unpriced_attempts.';

-- How calls arrive, and what is wrong with them. Lags as counts in classes 5 % wide, as in llm_hourly_latency.
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

CREATE TABLE IF NOT EXISTS llm_daily_arrivals_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    lag_s Float32 COMMENT 'middle of a class 5 % wide: at most 2.5 % from the truth' CODEC(ZSTD(3)),
    last_end DateTime64(9) COMMENT 'when the last of them ended' CODEC(T64, ZSTD(3)),
    most_lag_ms Int64 CODEC(T64, ZSTD(3)),
    records UInt64 COMMENT 'attempts and charges' CODEC(T64, ZSTD(3)),
    late UInt64 COMMENT 'arrived more than an hour after they ended' CODEC(T64, ZSTD(3)),
    ahead UInt64 COMMENT 'began more than five minutes after they arrived' CODEC(T64, ZSTD(3)),
    unpriced UInt64 COMMENT 'usage known, price not' CODEC(T64, ZSTD(3)),
    partly_priced UInt64 CODEC(T64, ZSTD(3)),
    no_usage UInt64 COMMENT 'no usage reported' CODEC(T64, ZSTD(3)),
    sampled_out UInt64 COMMENT 'kept for their money though the sampler dropped their trace' CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, service, lag_s)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_arrivals, right or outdated. Read llm_arrivals.';

-- What routes asked for, chose and got.
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

CREATE TABLE IF NOT EXISTS llm_daily_routes_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    route LowCardinality(String) CODEC(ZSTD(3)),
    plan LowCardinality(String) CODEC(ZSTD(3)),
    requested_model LowCardinality(String) CODEC(ZSTD(3)),
    selected_model LowCardinality(String) CODEC(ZSTD(3)),
    served_model LowCardinality(String) CODEC(ZSTD(3)),
    response_cache_result LowCardinality(String) CODEC(ZSTD(3)),
    routes UInt64 COMMENT 'logical requests' CODEC(T64, ZSTD(3)),
    fallbacks UInt64 CODEC(T64, ZSTD(3)),
    failed UInt64 CODEC(T64, ZSTD(3)),
    candidates UInt64 COMMENT 'of all of them together' CODEC(T64, ZSTD(3)),
    with_candidates UInt64 COMMENT 'routes that said which there were' CODEC(T64, ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, service, route, plan, requested_model, selected_model, served_model, response_cache_result)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_measured_routes, right or outdated. Read llm_measured_routes.';

CREATE TABLE IF NOT EXISTS llm_route_hours_touched
(
    hour DateTime('UTC'),
    touched_at SimpleAggregateFunction(max, DateTime64(3)),
    delivered SimpleAggregateFunction(sum, UInt64) COMMENT 'routes, repeated deliveries included',
    repriced SimpleAggregateFunction(sum, UInt64) COMMENT 'always 0: as in llm_hours_touched'
)
ENGINE = AggregatingMergeTree
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per hour with routes: when it last changed. Read with FINAL.';

TRUNCATE TABLE llm_route_hours_touched;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_route_hours_touched_from_records TO llm_route_hours_touched AS
SELECT toStartOfHour(ts, 'UTC') AS hour, max(received_at) AS touched_at, count() AS delivered, toUInt64(0) AS repriced
FROM llm_route_records
GROUP BY hour;

INSERT INTO llm_route_hours_touched
SELECT toStartOfHour(ts, 'UTC') AS hour, max(received_at), count(), 0
FROM llm_route_records
GROUP BY hour;
