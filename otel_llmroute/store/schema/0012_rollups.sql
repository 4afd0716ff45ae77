-- Roll-ups: what happened per hour, so that a panel reads hundreds of rows and not millions.
--
-- A sum kept up to date by each insert counts a span twice that is delivered twice. So an hour is summed from llm_calls,
-- where each call is once, after it has been quiet for a minute, and again when something for it arrives later. Hours that
-- are not summed yet, or no longer as they were, are summed while reading: what a roll-up shows is what llm_calls shows,
-- at every moment.
--     llm_hours_touched   per hour: when something was last delivered for it, and how many rows ever were
--     <rollup>_now        the sums as a view on llm_calls; the one place that says what the roll-up holds
--     <rollup>_built      the sums as stored: one row per hour, build and dimensions
--     llm_rollups_built   which builds are whole, and what was delivered for the hour when they began
--     <rollup>            what one reads: the newest build where it is still right, else the sums of now
CREATE TABLE IF NOT EXISTS llm_hours_touched
(
    hour DateTime('UTC'),
    touched_at SimpleAggregateFunction(max, DateTime64(3)),
    delivered SimpleAggregateFunction(sum, UInt64) COMMENT 'calls and charges, repeated deliveries included',
    repriced SimpleAggregateFunction(sum, UInt64) COMMENT 'costs appended'
)
ENGINE = AggregatingMergeTree
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per hour with calls: when it last changed. Read with FINAL.';

TRUNCATE TABLE llm_hours_touched;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_hours_touched_from_records TO llm_hours_touched AS
SELECT toStartOfHour(ts, 'UTC') AS hour, max(received_at) AS touched_at, count() AS delivered, toUInt64(0) AS repriced
FROM llm_call_records
GROUP BY hour;

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_hours_touched_from_costs TO llm_hours_touched AS
SELECT toStartOfHour(ts, 'UTC') AS hour, max(computed_at) AS touched_at, toUInt64(0) AS delivered, count() AS repriced
FROM llm_costs
GROUP BY hour;

INSERT INTO llm_hours_touched
SELECT toStartOfHour(ts, 'UTC') AS hour, max(received_at), count(), 0
FROM llm_call_records
GROUP BY hour;

CREATE TABLE IF NOT EXISTS llm_rollups_built
(
    name LowCardinality(String),
    hour DateTime('UTC'),
    build UInt64 COMMENT 'milliseconds since 1970 when it began',
    touched_at DateTime64(3),
    delivered UInt64,
    repriced UInt64
)
ENGINE = ReplacingMergeTree(build)
ORDER BY (name, hour)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per roll-up and hour: its newest whole build. Read with FINAL.';

-- Hours whose newest build saw everything that was delivered.
CREATE OR REPLACE VIEW llm_rollups_clean AS
SELECT b.name AS name, b.hour AS hour, b.build AS build
FROM llm_rollups_built AS b FINAL
INNER JOIN llm_hours_touched AS t FINAL ON b.hour = t.hour
WHERE b.touched_at = t.touched_at AND b.delivered = t.delivered AND b.repriced = t.repriced
COMMENT 'One row per roll-up and hour that need not be summed again.';

-- Hours to build: changed since their build, and quiet for a minute, so that what is under way has arrived.
CREATE OR REPLACE VIEW llm_rollups_due AS
SELECT r.name AS name, t.hour AS hour, t.touched_at AS touched_at, t.delivered AS delivered, t.repriced AS repriced
FROM llm_hours_touched AS t FINAL
CROSS JOIN (SELECT arrayJoin(['llm_hourly', 'llm_hourly_tenants', 'llm_hourly_latency']) AS name) AS r
WHERE (r.name, t.hour) NOT IN (SELECT name, hour FROM llm_rollups_clean) AND t.touched_at < now64(3) - INTERVAL 60 SECOND
COMMENT 'One row per roll-up and hour to be built now.';

-- Spend by all that describes a call, but the customer.
CREATE OR REPLACE VIEW llm_hourly_now AS
SELECT
    c.hour AS hour,
    c.kind AS kind,
    c.currency AS currency,
    c.service AS service,
    c.route AS route,
    c.reason AS reason,
    c.provider AS provider,
    c.model AS model,
    c.plan AS plan,
    c.feature AS feature,
    c.task AS task,
    c.risk AS risk,
    c.service_tier AS service_tier,
    c.attempt_reason AS attempt_reason,
    c.outcome AS outcome,
    c.purpose AS purpose,
    count() AS records,
    countIf(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1) AS requests,
    countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
    sum(toUInt64(ifNull(c.sdk_retries, 0))) AS sdk_retries,
    sum(c.cost) AS spend,
    sum(c.cost_input) AS spend_input,
    sum(c.cost_cache_read) AS spend_cache_read,
    sum(c.cost_cache_write) AS spend_cache_write,
    sum(c.cost_output) AS spend_output,
    sum(c.cost_other) AS spend_other,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
    countIf(c.cost_status = 'partial') AS partly_priced,
    countIf(c.cost_status = 'no_usage') AS no_usage,
    sum(c.input_tokens) AS input_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens,
    sum(c.cache_write_tokens) AS cache_write_tokens,
    sum(c.output_tokens) AS output_tokens,
    sum(c.reasoning_tokens) AS reasoning_tokens,
    sum(c.duration_ns) AS duration_ns
FROM llm_calls AS c
GROUP BY
    hour, c.kind, c.currency, c.service, c.route, c.reason, c.provider, c.model, c.plan, c.feature, c.task, c.risk,
    c.service_tier, c.attempt_reason, c.outcome, c.purpose
COMMENT 'The sums of llm_hourly, made from llm_calls while reading.';

CREATE TABLE IF NOT EXISTS llm_hourly_built
(
    hour DateTime('UTC'),
    kind LowCardinality(String),
    currency LowCardinality(String),
    service LowCardinality(String),
    route LowCardinality(String),
    reason LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    plan LowCardinality(String),
    feature LowCardinality(String),
    task LowCardinality(String),
    risk LowCardinality(String),
    service_tier LowCardinality(String),
    attempt_reason LowCardinality(String),
    outcome LowCardinality(String),
    purpose LowCardinality(String),
    records UInt64 COMMENT 'attempts and charges',
    requests UInt64 COMMENT 'first attempts: logical requests that reached a model',
    failed UInt64,
    sdk_retries UInt64 COMMENT 'retries inside SDK calls',
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced',
    spend_input Nullable(Decimal(38, 12)),
    spend_cache_read Nullable(Decimal(38, 12)),
    spend_cache_write Nullable(Decimal(38, 12)),
    spend_output Nullable(Decimal(38, 12)),
    spend_other Nullable(Decimal(38, 12)),
    unpriced UInt64 COMMENT 'usage known, price not',
    partly_priced UInt64,
    no_usage UInt64 COMMENT 'no usage reported',
    input_tokens Nullable(UInt64) COMMENT 'cache reads and writes included',
    cache_read_tokens Nullable(UInt64),
    cache_write_tokens Nullable(UInt64),
    output_tokens Nullable(UInt64) COMMENT 'reasoning included',
    reasoning_tokens Nullable(UInt64),
    duration_ns UInt64 COMMENT 'summed',
    build UInt64 COMMENT 'milliseconds since 1970 when it began',
    build_rows UInt64 COMMENT 'rows of this build and hour: a build with fewer is not whole',
    touched_at DateTime64(3) COMMENT 'as in llm_hours_touched when the build began',
    delivered UInt64 COMMENT 'as in llm_hours_touched when the build began',
    repriced UInt64 COMMENT 'as in llm_hours_touched when the build began'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (hour, build, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier, attempt_reason, outcome, purpose)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of llm_hourly, right or outdated. Read llm_hourly.';

CREATE OR REPLACE VIEW llm_hourly AS
SELECT
    hour, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier,
    attempt_reason, outcome, purpose, records, requests, failed, sdk_retries, spend, spend_input, spend_cache_read,
    spend_cache_write, spend_output, spend_other, unpriced, partly_priced, no_usage, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, duration_ns
FROM llm_hourly_built
WHERE (hour, build) IN (SELECT hour, build FROM llm_rollups_clean WHERE name = 'llm_hourly')
UNION ALL
SELECT
    hour, kind, currency, service, route, reason, provider, model, plan, feature, task, risk, service_tier,
    attempt_reason, outcome, purpose, records, requests, failed, sdk_retries, spend, spend_input, spend_cache_read,
    spend_cache_write, spend_output, spend_other, unpriced, partly_priced, no_usage, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, duration_ns
FROM llm_hourly_now
WHERE hour IN (SELECT hour FROM llm_hours_touched WHERE hour NOT IN (SELECT hour FROM llm_rollups_clean WHERE name = 'llm_hourly'))
COMMENT 'Per hour: calls, tokens and spend by route, reason, model, plan and more. Equal to llm_calls at every moment.';

-- Spend by customer.
CREATE OR REPLACE VIEW llm_hourly_tenants_now AS
SELECT
    c.hour AS hour,
    c.tenant AS tenant,
    c.plan AS plan,
    c.currency AS currency,
    count() AS records,
    countIf(c.kind = 'attempt' AND ifNull(c.attempt_number, 1) = 1) AS requests,
    countIf(c.kind = 'attempt' AND (c.outcome = 'failed' OR (c.outcome = '' AND c.status = 'Error'))) AS failed,
    sum(toUInt64(ifNull(c.sdk_retries, 0))) AS sdk_retries,
    sum(c.cost) AS spend,
    countIf(c.cost IS NULL AND c.cost_status != 'no_usage') AS unpriced,
    countIf(c.cost_status = 'partial') AS partly_priced,
    countIf(c.cost_status = 'no_usage') AS no_usage,
    sum(c.input_tokens) AS input_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens,
    sum(c.cache_write_tokens) AS cache_write_tokens,
    sum(c.output_tokens) AS output_tokens,
    sum(c.reasoning_tokens) AS reasoning_tokens
FROM llm_calls AS c
GROUP BY
    hour, c.tenant, c.plan, c.currency
COMMENT 'The sums of llm_hourly_tenants, made from llm_calls while reading.';

CREATE TABLE IF NOT EXISTS llm_hourly_tenants_built
(
    hour DateTime('UTC'),
    tenant String,
    plan LowCardinality(String),
    currency LowCardinality(String),
    records UInt64 COMMENT 'attempts and charges',
    requests UInt64 COMMENT 'first attempts: logical requests that reached a model',
    failed UInt64,
    sdk_retries UInt64 COMMENT 'retries inside SDK calls',
    spend Nullable(Decimal(38, 12)) COMMENT 'in currency; NULL: nothing of it could be priced',
    unpriced UInt64 COMMENT 'usage known, price not',
    partly_priced UInt64,
    no_usage UInt64 COMMENT 'no usage reported',
    input_tokens Nullable(UInt64) COMMENT 'cache reads and writes included',
    cache_read_tokens Nullable(UInt64),
    cache_write_tokens Nullable(UInt64),
    output_tokens Nullable(UInt64) COMMENT 'reasoning included',
    reasoning_tokens Nullable(UInt64),
    build UInt64 COMMENT 'milliseconds since 1970 when it began',
    build_rows UInt64 COMMENT 'rows of this build and hour: a build with fewer is not whole',
    touched_at DateTime64(3) COMMENT 'as in llm_hours_touched when the build began',
    delivered UInt64 COMMENT 'as in llm_hours_touched when the build began',
    repriced UInt64 COMMENT 'as in llm_hours_touched when the build began'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (hour, build, tenant, plan, currency)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of llm_hourly_tenants, right or outdated. Read llm_hourly_tenants.';

CREATE OR REPLACE VIEW llm_hourly_tenants AS
SELECT
    hour, tenant, plan, currency, records, requests, failed, sdk_retries, spend, unpriced, partly_priced,
    no_usage, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens
FROM llm_hourly_tenants_built
WHERE (hour, build) IN (SELECT hour, build FROM llm_rollups_clean WHERE name = 'llm_hourly_tenants')
UNION ALL
SELECT
    hour, tenant, plan, currency, records, requests, failed, sdk_retries, spend, unpriced, partly_priced,
    no_usage, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens
FROM llm_hourly_tenants_now
WHERE hour IN (SELECT hour FROM llm_hours_touched WHERE hour NOT IN (SELECT hour FROM llm_rollups_clean WHERE name = 'llm_hourly_tenants'))
COMMENT 'Per hour: calls, tokens and spend by customer and plan. Equal to llm_calls at every moment.';

-- Latency as states that can be merged: quantilesDDIfMerge(0.02, 0.5, 0.95, 0.99)(latency_s) is within 4 % of the truth, the
-- width of a bucket. Read in a third of the time of t-digests, and a fifth as large. Kept apart: states are slow beside sums.
CREATE OR REPLACE VIEW llm_hourly_latency_now AS
SELECT
    c.hour AS hour,
    c.route AS route,
    c.provider AS provider,
    c.model AS model,
    count() AS attempts,
    quantilesDDStateIf(0.02, 0.5, 0.95, 0.99)(c.duration_ns / 1e9, c.outcome NOT IN ('failed', 'cancelled', 'abandoned')) AS latency_s,
    quantilesDDStateIf(0.02, 0.5, 0.95, 0.99)(assumeNotNull(c.first_chunk_s), c.first_chunk_s IS NOT NULL) AS first_chunk_s
FROM llm_calls AS c
WHERE c.kind = 'attempt'
GROUP BY
    hour, c.route, c.provider, c.model
COMMENT 'The sums of llm_hourly_latency, made from llm_calls while reading.';

CREATE TABLE IF NOT EXISTS llm_hourly_latency_built
(
    hour DateTime('UTC'),
    route LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    attempts UInt64,
    latency_s AggregateFunction(quantilesDDIf(0.02, 0.5, 0.95, 0.99), Float64, UInt8) COMMENT 'seconds, of attempts that were answered',
    first_chunk_s AggregateFunction(quantilesDDIf(0.02, 0.5, 0.95, 0.99), Float64, UInt8) COMMENT 'seconds to the first chunk, of streams',
    build UInt64 COMMENT 'milliseconds since 1970 when it began',
    build_rows UInt64 COMMENT 'rows of this build and hour: a build with fewer is not whole',
    touched_at DateTime64(3) COMMENT 'as in llm_hours_touched when the build began',
    delivered UInt64 COMMENT 'as in llm_hours_touched when the build began',
    repriced UInt64 COMMENT 'as in llm_hours_touched when the build began'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (hour, build, route, provider, model)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of llm_hourly_latency, right or outdated. Read llm_hourly_latency.';

CREATE OR REPLACE VIEW llm_hourly_latency AS
SELECT
    hour, route, provider, model, attempts, latency_s, first_chunk_s
FROM llm_hourly_latency_built
WHERE (hour, build) IN (SELECT hour, build FROM llm_rollups_clean WHERE name = 'llm_hourly_latency')
UNION ALL
SELECT
    hour, route, provider, model, attempts, latency_s, first_chunk_s
FROM llm_hourly_latency_now
WHERE hour IN (SELECT hour FROM llm_hours_touched WHERE hour NOT IN (SELECT hour FROM llm_rollups_clean WHERE name = 'llm_hourly_latency'))
COMMENT 'Per hour: quantile states of latency and first chunk by route and model.';
