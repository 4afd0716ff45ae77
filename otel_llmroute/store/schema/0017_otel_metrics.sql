-- Data points as the OpenTelemetry Collector's ClickHouse exporter writes them: its tables and columns, so that it runs
-- with create_schema: false. What otel_llmroute recorded goes on to llm_metrics, as from otlp_metrics (0008).
-- Nothing is kept in them where they are made here. A table that an exporter made before stays as it is, with its rows;
-- its times are of whole seconds then. Summaries go nowhere: otel_llmroute records none.
CREATE TABLE IF NOT EXISTS otel_metrics_sum
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9),
    TimeUnix DateTime64(9),
    Value Float64,
    Flags UInt32,
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ),
    AggregationTemporality Int32,
    IsMonotonic Bool
)
ENGINE = Null
COMMENT 'Sums come in here; what otel_llmroute recorded goes on to llm_metrics. Keeps nothing.';

CREATE TABLE IF NOT EXISTS otel_metrics_gauge
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9),
    TimeUnix DateTime64(9),
    Value Float64,
    Flags UInt32,
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    )
)
ENGINE = Null
COMMENT 'Gauges come in here; what otel_llmroute recorded goes on to llm_metrics. Keeps nothing.';

CREATE TABLE IF NOT EXISTS otel_metrics_histogram
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9),
    TimeUnix DateTime64(9),
    Count UInt64,
    Sum Float64,
    BucketCounts Array(UInt64),
    ExplicitBounds Array(Float64),
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ),
    Flags UInt32,
    Min Float64,
    Max Float64,
    AggregationTemporality Int32
)
ENGINE = Null
COMMENT 'Histograms come in here; what otel_llmroute recorded goes on to llm_metrics. Keeps nothing.';

CREATE TABLE IF NOT EXISTS otel_metrics_exponential_histogram
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9),
    TimeUnix DateTime64(9),
    Count UInt64,
    Sum Float64,
    Scale Int32,
    ZeroCount UInt64,
    PositiveOffset Int32,
    PositiveBucketCounts Array(UInt64),
    NegativeOffset Int32,
    NegativeBucketCounts Array(UInt64),
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ),
    Flags UInt32,
    Min Float64,
    Max Float64,
    AggregationTemporality Int32
)
ENGINE = Null
COMMENT 'Exponential histograms come in here; what otel_llmroute recorded goes on to llm_metrics. Keeps nothing.';

CREATE TABLE IF NOT EXISTS otel_metrics_summary
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9),
    TimeUnix DateTime64(9),
    Count UInt64,
    Sum Float64,
    ValueAtQuantiles Nested
    (
        Quantile Float64,
        Value Float64
    ),
    Flags UInt32
)
ENGINE = Null
COMMENT 'Summaries come in here and go nowhere. Keeps nothing.';

-- A point that says that there was no value (flag 1) has none; the exporter writes 0 there.
CREATE MATERIALIZED VIEW IF NOT EXISTS llm_metrics_from_sums TO llm_metrics AS
SELECT
    toDateTime64(TimeUnix, 9, 'UTC') AS ts,
    toDateTime64(StartTimeUnix, 9, 'UTC') AS started,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    MetricName AS metric,
    MetricUnit AS unit,
    'sum' AS shape,
    ['', 'delta', 'cumulative'][if(AggregationTemporality BETWEEN 0 AND 2, AggregationTemporality, 0) + 1] AS temporality,
    Attributes AS attributes,
    if(bitTest(Flags, 0), NULL, Value) AS value,
    CAST(NULL, 'Nullable(UInt64)') AS count,
    ResourceAttributes AS resource_attributes
FROM otel_metrics_sum
WHERE ScopeName = 'otel_llmroute';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_metrics_from_gauges TO llm_metrics AS
SELECT
    toDateTime64(TimeUnix, 9, 'UTC') AS ts,
    toDateTime64(StartTimeUnix, 9, 'UTC') AS started,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    MetricName AS metric,
    MetricUnit AS unit,
    'gauge' AS shape,
    '' AS temporality,
    Attributes AS attributes,
    if(bitTest(Flags, 0), NULL, Value) AS value,
    CAST(NULL, 'Nullable(UInt64)') AS count,
    ResourceAttributes AS resource_attributes
FROM otel_metrics_gauge
WHERE ScopeName = 'otel_llmroute';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_metrics_from_histograms TO llm_metrics AS
SELECT
    toDateTime64(TimeUnix, 9, 'UTC') AS ts,
    toDateTime64(StartTimeUnix, 9, 'UTC') AS started,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    MetricName AS metric,
    MetricUnit AS unit,
    'histogram' AS shape,
    ['', 'delta', 'cumulative'][if(AggregationTemporality BETWEEN 0 AND 2, AggregationTemporality, 0) + 1] AS temporality,
    Attributes AS attributes,
    if(bitTest(Flags, 0), NULL, Sum) AS value,
    toNullable(Count) AS count,
    ResourceAttributes AS resource_attributes
FROM otel_metrics_histogram
WHERE ScopeName = 'otel_llmroute';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_metrics_from_exponential_histograms TO llm_metrics AS
SELECT
    toDateTime64(TimeUnix, 9, 'UTC') AS ts,
    toDateTime64(StartTimeUnix, 9, 'UTC') AS started,
    ServiceName AS service,
    ResourceAttributes['llmroute.run.id'] AS run_id,
    MetricName AS metric,
    MetricUnit AS unit,
    'histogram' AS shape,
    ['', 'delta', 'cumulative'][if(AggregationTemporality BETWEEN 0 AND 2, AggregationTemporality, 0) + 1] AS temporality,
    Attributes AS attributes,
    if(bitTest(Flags, 0), NULL, Sum) AS value,
    toNullable(Count) AS count,
    ResourceAttributes AS resource_attributes
FROM otel_metrics_exponential_histogram
WHERE ScopeName = 'otel_llmroute';
