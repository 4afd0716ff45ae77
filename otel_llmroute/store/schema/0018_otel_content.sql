-- What people wrote and models answered, apart from everything else and gone after a week: spans with their content, as the
-- Collector's ClickHouse exporter writes them, when it is told to (collector/overlays/content.yaml). Nothing reads it.
-- One row per delivery of a span; read with FINAL. Times after 2100 come from a wrong clock; as DateTime they would begin
-- anew at 1970 and be gone at once.
CREATE TABLE IF NOT EXISTS otel_content
(
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(T64, ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(Timestamp, 'UTC')
PRIMARY KEY (ServiceName, SpanName, toDateTime(Timestamp, 'UTC'))
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp, 'UTC'), Timestamp, TraceId, SpanId)
TTL toDateTime(least(Timestamp, toDateTime64('2100-01-01 00:00:00', 9, 'UTC')), 'UTC') + toIntervalDay(7)
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Spans with what people wrote and models answered, for 7 days. Never read for figures.';
