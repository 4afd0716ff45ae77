// Sends the same calls as the senders of the other languages: node sender.mjs <OTLP/HTTP URL> <OTLP/gRPC URL> <calls.json>
// One service per exporter: js-http (JSON), js-proto (protobuf), js-grpc, and each with -gzip. Besides the calls, each
// sends a log record and two data points.
import { readFileSync } from 'node:fs';
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter as HttpTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPLogExporter as HttpLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPMetricExporter as HttpMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { TracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace';

const [http, grpc, path, signals = 'all'] = process.argv.slice(2);
const calls = JSON.parse(readFileSync(path, 'utf8'));

const kinds = {
  http: [HttpTraces, HttpLogs, HttpMetrics],
  proto: [ProtoTraces, ProtoLogs, ProtoMetrics],
  grpc: [GrpcTraces, GrpcLogs, GrpcMetrics],
};

async function sendTraces(Exporter, options, resource) {
  const exporter = new Exporter(options('/v1/traces'));
  const provider = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('otel_llmroute');
  for (const { name, attributes } of calls) tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }).end();
  await provider.forceFlush();
  await provider.shutdown();
}

async function sendLogs(Exporter, options, resource) {
  const processor = new BatchLogRecordProcessor({ exporter: new Exporter(options('/v1/logs')) });
  const provider = new LoggerProvider({ resource, processors: [processor] });
  const body = { text: 'ünï', list: [1, [2.5, 'x']], none: null };
  provider.getLogger('otel_llmroute').emit({ body, severityNumber: 9, attributes: { outcome: 'success' } });
  await provider.forceFlush();
  await provider.shutdown();
}

async function sendMetrics(Exporter, options, resource) {
  const reader = new PeriodicExportingMetricReader({ exporter: new Exporter(options('/v1/metrics')) });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter('otel_llmroute');
  meter.createCounter('llmroute.cost', { unit: '{USD}' }).add(0.25, { 'llmroute.route.name': 'tiny' });
  meter.createHistogram('gen_ai.client.operation.duration', { unit: 's' }).record(1.5);
  await provider.forceFlush();
  await provider.shutdown();
}

for (const [kind, exporters] of Object.entries(kinds)) {
  for (const compression of ['none', 'gzip']) {
    const resource = resourceFromAttributes({ 'service.name': compression === 'gzip' ? `js-${kind}-gzip` : `js-${kind}` });
    const options = (route) => ({ url: kind === 'grpc' ? grpc : http + route, compression });
    await sendTraces(exporters[0], options, resource);
    if (signals === 'all') {
      await sendLogs(exporters[1], options, resource);
      await sendMetrics(exporters[2], options, resource);
    }
  }
}
