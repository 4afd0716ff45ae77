-- Requests that no model answered: a view that is read in one go, and the sums of its whole days.
CREATE OR REPLACE VIEW llm_routes_without_model AS
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
    r.destination AS destination,
    r.avoided_currency AS avoided_currency,
    toUInt64(1) AS routes,
    toUInt64(r.avoided_cost IS NOT NULL) AS estimated,
    toDecimal128(r.avoided_cost, 12) AS avoided
FROM
(
    -- The few that no model answered, each once: merging all deliveries to find them takes ten times as long.
    SELECT DISTINCT
        ts, trace_id, span_id, service, route, reason, tenant, plan, feature, task, risk, job_name, experiment, variant, destination,
        avoided_currency, avoided_cost
    FROM llm_route_records
    WHERE destination NOT IN ('', 'model')
) AS r
COMMENT 'One row per route that no model answered: who did, and what a call would have cost by the estimate of the application.';

CREATE TABLE IF NOT EXISTS llm_daily_without_model_built
(
    day DateTime('UTC') CODEC(Delta, ZSTD(3)),
    build UInt64 COMMENT 'as in llm_days_built' CODEC(Delta, ZSTD(3)),
    service LowCardinality(String) CODEC(ZSTD(3)),
    route LowCardinality(String) CODEC(ZSTD(3)),
    plan LowCardinality(String) CODEC(ZSTD(3)),
    destination LowCardinality(String) CODEC(ZSTD(3)),
    avoided_currency LowCardinality(String) CODEC(ZSTD(3)),
    routes UInt64 COMMENT 'logical requests' CODEC(T64, ZSTD(3)),
    estimated UInt64 COMMENT 'routes that said what a call would have cost' CODEC(T64, ZSTD(3)),
    avoided Nullable(Decimal(38, 12)) COMMENT 'in avoided_currency' CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day, 'UTC')
ORDER BY (day, build, service, route, plan, destination, avoided_currency)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Builds of the days of llm_routes_without_model, right or outdated. Read llm_routes_without_model.';
