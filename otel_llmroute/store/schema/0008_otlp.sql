-- OTLP in: requests exactly as protobuf has them, unfolded into the tables by the engine itself, which is several times
-- faster than rows made by a program. Nothing is kept in otlp_traces, otlp_logs and otlp_metrics.
--     INSERT INTO otlp_traces SETTINGS format_schema = 'otlp:Traces' FORMAT Protobuf <length><request><length><request>...
-- Values become text as the Collector's ClickHouse exporter writes it: whole doubles without a point, lists as JSON.
-- Of a key that comes twice in one list the last counts. A map as a value, and a list in a list, fail the insert before
-- anything is stored: whoever inserts sends JSON text in their place (receiver/simple.py).
CREATE TABLE IF NOT EXISTS otlp_traces
(
    resource_spans Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String))))),
        scope_spans Array(Tuple(
            scope Tuple(name String, version String, attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String))))),
            spans Array(Tuple(
                trace_id String, span_id String, trace_state String, parent_span_id String, name String, kind Int32,
                start_time_unix_nano UInt64, end_time_unix_nano UInt64,
                attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))),
                events Array(Tuple(time_unix_nano UInt64, name String, attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))))),
                links Array(Tuple(trace_id String, span_id String, trace_state String, attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))))),
                status Tuple(message String, code Int32)))))))
)
ENGINE = Null
COMMENT 'OTLP trace requests come in here and go on to otel_traces. Keeps nothing.';

CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_from_otlp TO otel_traces AS
WITH
    (d -> if(abs(d) < 1e21, toString(d), multiIf(isNaN(d), 'NaN', d = inf, '+Inf', d = -inf, '-Inf', replaceOne(toString(d), 'e', 'e+')))) AS double_text,
    (v -> coalesce(
        toJSONString(v.string_value), toString(v.int_value), toString(v.bool_value),
        if(isFinite(v.double_value), double_text(v.double_value), toJSONString(double_text(v.double_value))),
        toJSONString(base64Encode(nullIf(v.bytes_value, ''))),
        substring('null', throwIf(isNotNull(v.array_value) OR isNotNull(v.kvlist_value), 'a list or a map in a list') + 1))) AS item_text,
    (v -> coalesce(
        v.string_value, toString(v.int_value), toString(v.bool_value), double_text(v.double_value),
        if(notEmpty(v.array_value.values), concat('[', arrayStringConcat(arrayMap(item_text, v.array_value.values), ','), ']'), NULL),
        base64Encode(v.bytes_value), substring('', throwIf(isNotNull(v.kvlist_value), 'a map') + 1))) AS text,
    (a -> CAST(mapFromArrays(arrayReverse(a.key), arrayReverse(arrayMap(x -> text(x.value), a))), 'Map(LowCardinality(String), String)')) AS map_of,
    (t -> fromUnixTimestamp64Nano(toInt64(least(t, 9223372036854775807)), 'UTC')) AS time
SELECT
    time(span.start_time_unix_nano) AS Timestamp,
    lower(hex(span.trace_id)) AS TraceId,
    lower(hex(span.span_id)) AS SpanId,
    lower(hex(span.parent_span_id)) AS ParentSpanId,
    span.trace_state AS TraceState,
    span.name AS SpanName,
    ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'][if(span.kind BETWEEN 0 AND 5, span.kind, 0) + 1] AS SpanKind,
    resource['service.name'] AS ServiceName,
    resource AS ResourceAttributes,
    scope_name AS ScopeName,
    scope_version AS ScopeVersion,
    map_of(span.attributes) AS SpanAttributes,
    -- A clock that was set back in between must not become 584 years.
    if(span.end_time_unix_nano > span.start_time_unix_nano, least(toUInt64(span.end_time_unix_nano - span.start_time_unix_nano), 9223372036854775807), 0) AS Duration,
    ['Unset', 'Ok', 'Error'][if(span.status.code BETWEEN 0 AND 2, span.status.code, 0) + 1] AS StatusCode,
    span.status.message AS StatusMessage,
    arrayMap(e -> time(e.time_unix_nano), span.events) AS `Events.Timestamp`,
    span.events.name AS `Events.Name`,
    arrayMap(e -> map_of(e.attributes), span.events) AS `Events.Attributes`,
    arrayMap(l -> lower(hex(l.trace_id)), span.links) AS `Links.TraceId`,
    arrayMap(l -> lower(hex(l.span_id)), span.links) AS `Links.SpanId`,
    span.links.trace_state AS `Links.TraceState`,
    arrayMap(l -> map_of(l.attributes), span.links) AS `Links.Attributes`
FROM
(
    SELECT resource, scoped.scope.name AS scope_name, scoped.scope.version AS scope_version, arrayJoin(scoped.spans) AS span
    FROM
    (
        SELECT map_of(by_resource.resource.attributes) AS resource, arrayJoin(by_resource.scope_spans) AS scoped
        FROM (SELECT arrayJoin(resource_spans) AS by_resource FROM otlp_traces)
    )
);

CREATE TABLE IF NOT EXISTS otlp_logs
(
    resource_logs Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String))))),
        scope_logs Array(Tuple(
            scope Tuple(name String, version String, attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String))))),
            log_records Array(Tuple(
                time_unix_nano UInt64, severity_number Int32, severity_text String,
                body Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)),
                attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))),
                flags UInt32, trace_id String, span_id String, observed_time_unix_nano UInt64, event_name String)),
            schema_url String)),
        schema_url String))
)
ENGINE = Null
COMMENT 'OTLP log requests come in here and go on to otel_logs. Keeps nothing.';

CREATE MATERIALIZED VIEW IF NOT EXISTS otel_logs_from_otlp TO otel_logs AS
WITH
    (d -> if(abs(d) < 1e21, toString(d), multiIf(isNaN(d), 'NaN', d = inf, '+Inf', d = -inf, '-Inf', replaceOne(toString(d), 'e', 'e+')))) AS double_text,
    (v -> coalesce(
        toJSONString(v.string_value), toString(v.int_value), toString(v.bool_value),
        if(isFinite(v.double_value), double_text(v.double_value), toJSONString(double_text(v.double_value))),
        toJSONString(base64Encode(nullIf(v.bytes_value, ''))),
        substring('null', throwIf(isNotNull(v.array_value) OR isNotNull(v.kvlist_value), 'a list or a map in a list') + 1))) AS item_text,
    (v -> coalesce(
        v.string_value, toString(v.int_value), toString(v.bool_value), double_text(v.double_value),
        if(notEmpty(v.array_value.values), concat('[', arrayStringConcat(arrayMap(item_text, v.array_value.values), ','), ']'), NULL),
        base64Encode(v.bytes_value), substring('', throwIf(isNotNull(v.kvlist_value), 'a map') + 1))) AS text,
    (a -> CAST(mapFromArrays(arrayReverse(a.key), arrayReverse(arrayMap(x -> text(x.value), a))), 'Map(LowCardinality(String), String)')) AS map_of,
    (t -> fromUnixTimestamp64Nano(toInt64(least(t, 9223372036854775807)), 'UTC')) AS time
SELECT
    time(if(record.time_unix_nano != 0, record.time_unix_nano, record.observed_time_unix_nano)) AS Timestamp,
    lower(hex(record.trace_id)) AS TraceId,
    lower(hex(record.span_id)) AS SpanId,
    toUInt8(bitAnd(record.flags, 255)) AS TraceFlags,
    record.severity_text AS SeverityText,
    toUInt8(least(greatest(record.severity_number, 0), 255)) AS SeverityNumber,
    resource['service.name'] AS ServiceName,
    text(record.body) AS Body,
    resource_schema_url AS ResourceSchemaUrl,
    resource AS ResourceAttributes,
    scope_schema_url AS ScopeSchemaUrl,
    scope_name AS ScopeName,
    scope_version AS ScopeVersion,
    scope_attributes AS ScopeAttributes,
    map_of(record.attributes) AS LogAttributes,
    record.event_name AS EventName
FROM
(
    SELECT
        resource, resource_schema_url, scoped.schema_url AS scope_schema_url, scoped.scope.name AS scope_name,
        scoped.scope.version AS scope_version, map_of(scoped.scope.attributes) AS scope_attributes,
        arrayJoin(scoped.log_records) AS record
    FROM
    (
        SELECT
            map_of(by_resource.resource.attributes) AS resource, by_resource.schema_url AS resource_schema_url,
            arrayJoin(by_resource.scope_logs) AS scoped
        FROM (SELECT arrayJoin(resource_logs) AS by_resource FROM otlp_logs)
    )
);

CREATE TABLE IF NOT EXISTS otlp_metrics
(
    resource_metrics Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String))))),
        scope_metrics Array(Tuple(
            scope Tuple(name String),
            metrics Array(Tuple(
                name String, unit String,
                gauge Tuple(data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, as_double Nullable(Float64), as_int Nullable(Int64), attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))))), aggregation_temporality Int32),
                sum Tuple(data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, as_double Nullable(Float64), as_int Nullable(Int64), attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))))), aggregation_temporality Int32),
                histogram Tuple(data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, count UInt64, sum Nullable(Float64), attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))))), aggregation_temporality Int32),
                exponential_histogram Tuple(data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, count UInt64, sum Nullable(Float64), attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(values Array(Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Nullable(String), kvlist_value Nullable(String), bytes_value Nullable(String)))), kvlist_value Nullable(String), bytes_value Nullable(String)))))), aggregation_temporality Int32)))))))
)
ENGINE = Null
COMMENT 'OTLP metric requests come in here; what otel_llmroute recorded goes on to llm_metrics. Keeps nothing.';

CREATE MATERIALIZED VIEW IF NOT EXISTS llm_metrics_from_otlp TO llm_metrics AS
WITH
    (d -> if(abs(d) < 1e21, toString(d), multiIf(isNaN(d), 'NaN', d = inf, '+Inf', d = -inf, '-Inf', replaceOne(toString(d), 'e', 'e+')))) AS double_text,
    (v -> coalesce(
        toJSONString(v.string_value), toString(v.int_value), toString(v.bool_value),
        if(isFinite(v.double_value), double_text(v.double_value), toJSONString(double_text(v.double_value))),
        toJSONString(base64Encode(nullIf(v.bytes_value, ''))),
        substring('null', throwIf(isNotNull(v.array_value) OR isNotNull(v.kvlist_value), 'a list or a map in a list') + 1))) AS item_text,
    (v -> coalesce(
        v.string_value, toString(v.int_value), toString(v.bool_value), double_text(v.double_value),
        if(notEmpty(v.array_value.values), concat('[', arrayStringConcat(arrayMap(item_text, v.array_value.values), ','), ']'), NULL),
        base64Encode(v.bytes_value), substring('', throwIf(isNotNull(v.kvlist_value), 'a map') + 1))) AS text,
    (a -> CAST(mapFromArrays(arrayReverse(a.key), arrayReverse(arrayMap(x -> text(x.value), a))), 'Map(LowCardinality(String), String)')) AS map_of,
    (t -> fromUnixTimestamp64Nano(toInt64(least(t, 9223372036854775807)), 'UTC')) AS time,
    -- Numbers and histograms in one form: start, time, value, count, attributes.
    (p -> tuple(p.start_time_unix_nano, p.time_unix_nano, if(isNotNull(p.as_double), p.as_double, toFloat64(p.as_int)), CAST(NULL, 'Nullable(UInt64)'), map_of(p.attributes))) AS number,
    (p -> tuple(p.start_time_unix_nano, p.time_unix_nano, p.sum, toNullable(p.count), map_of(p.attributes))) AS histogram
SELECT
    time(point.2) AS ts,
    time(point.1) AS started,
    resource['service.name'] AS service,
    resource['llmroute.run.id'] AS run_id,
    name AS metric,
    unit,
    shape,
    ['', 'delta', 'cumulative'][if(temporality BETWEEN 0 AND 2, temporality, 0) + 1] AS temporality,
    point.5 AS attributes,
    point.3 AS value,
    point.4 AS count,
    resource AS resource_attributes
FROM
(
    SELECT resource, name, unit, series.1 AS shape, series.2 AS temporality, arrayJoin(series.3) AS point
    FROM
    (
        SELECT
            resource, metric.name AS name, metric.unit AS unit,
            arrayJoin([
                ('sum', metric.sum.aggregation_temporality, arrayMap(number, metric.sum.data_points)),
                ('gauge', 0, arrayMap(number, metric.gauge.data_points)),
                ('histogram', metric.histogram.aggregation_temporality, arrayMap(histogram, metric.histogram.data_points)),
                ('histogram', metric.exponential_histogram.aggregation_temporality, arrayMap(histogram, metric.exponential_histogram.data_points))]) AS series
        FROM
        (
            SELECT resource, arrayJoin(scoped.metrics) AS metric
            FROM
            (
                SELECT map_of(by_resource.resource.attributes) AS resource, arrayJoin(by_resource.scope_metrics) AS scoped
                FROM (SELECT arrayJoin(resource_metrics) AS by_resource FROM otlp_metrics)
            )
            WHERE scoped.scope.name = 'otel_llmroute'
        )
    )
);
