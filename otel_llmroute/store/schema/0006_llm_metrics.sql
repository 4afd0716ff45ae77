-- Data points of the metrics that the app side records whether or not a span is sampled (scope otel_llmroute). They check
-- the tables: what llmroute.cost counted against what llm_calls holds. One row per delivery of a data point.
-- Sums are cumulative or delta as the sender says; histograms keep their count and sum, not their buckets.
CREATE TABLE IF NOT EXISTS llm_metrics
(
    ts DateTime64(9) CODEC(Delta, ZSTD(1)),
    started DateTime64(9) CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    run_id LowCardinality(String),
    metric LowCardinality(String),
    unit LowCardinality(String),
    shape LowCardinality(String) COMMENT 'sum, gauge or histogram',
    temporality LowCardinality(String) COMMENT 'delta or cumulative',
    attributes Map(LowCardinality(String), String),
    value Nullable(Float64) COMMENT 'the sum; of a histogram, the sum of its values',
    count Nullable(UInt64) COMMENT 'how many values a histogram counted',
    resource_attributes Map(LowCardinality(String), String)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts, 'UTC')
PRIMARY KEY (metric, service, ts)
ORDER BY (metric, service, ts, started, cityHash64(mapSort(attributes)), cityHash64(mapSort(resource_attributes)))
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Data points of metrics recorded by otel_llmroute. Read with FINAL.';
