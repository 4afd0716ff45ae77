-- Costs worked out again by `llmroute reprice`, appended: nothing that was recorded before is changed. Of several costs of
-- one call the one computed last counts, in llm_calls. What a provider billed is never worked out again.
-- Key of a call: start, ids and service, as in llm_call_records.
CREATE TABLE IF NOT EXISTS llm_costs
(
    ts DateTime64(9) COMMENT 'when the call began' CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    service LowCardinality(String),
    computed_at DateTime64(3) COMMENT 'when the repricing ran; one moment for all its rows',
    price_version LowCardinality(String),
    cost Nullable(Decimal(18, 12)) COMMENT 'NULL: no price known; 0: free',
    currency LowCardinality(String) COMMENT 'ISO 4217',
    cost_status LowCardinality(String) COMMENT 'priced, partial, unpriced, no_usage or free',
    cost_input Nullable(Decimal(18, 12)) COMMENT 'part of cost',
    cost_cache_read Nullable(Decimal(18, 12)) COMMENT 'part of cost',
    cost_cache_write Nullable(Decimal(18, 12)) COMMENT 'part of cost',
    cost_output Nullable(Decimal(18, 12)) COMMENT 'part of cost',
    cost_other Nullable(Decimal(18, 12)) COMMENT 'part of cost'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts, 'UTC')
PRIMARY KEY toStartOfHour(ts, 'UTC')
ORDER BY (toStartOfHour(ts, 'UTC'), trace_id, span_id, service, ts, computed_at)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'One row per call and repricing. Read llm_calls for the cost that counts.';

CREATE TABLE IF NOT EXISTS llm_repriced_hours
(
    hour DateTime('UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY hour
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Hours with calls that have a cost in llm_costs: all other hours need no look there.';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_repriced_hours_from_costs TO llm_repriced_hours AS
SELECT DISTINCT toStartOfHour(ts, 'UTC') AS hour
FROM llm_costs;
