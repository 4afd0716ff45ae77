"""The three signals of OTLP, and what each is called where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Signal:
    """One of the three kinds of telemetry: its path over HTTP, its method over gRPC, its messages, the name that its
    answer gives to what was not taken, and the table that takes its requests (``schema/0008_otlp.sql``)."""

    name: str
    path: str
    method: str
    request: type[Message]
    response: type[Message]
    rejected: str
    table: str


TRACES: Final = Signal(
    "traces",
    "/v1/traces",
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
    "rejected_spans",
    "otlp_traces",
)
LOGS: Final = Signal(
    "logs",
    "/v1/logs",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
    "rejected_log_records",
    "otlp_logs",
)
METRICS: Final = Signal(
    "metrics",
    "/v1/metrics",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
    "rejected_data_points",
    "otlp_metrics",
)
SIGNALS: Final = (TRACES, LOGS, METRICS)
BY_NAME: Final = {signal.name: signal for signal in SIGNALS}
