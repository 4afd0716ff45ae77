// Sends the same calls as the senders of the other languages: sender <OTLP/HTTP URL> <OTLP/gRPC URL> <calls.json>.
// One service per transport and compression: go-http, go-http-gzip, go-grpc, go-grpc-gzip.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type call struct {
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes"`
}

func main() {
	web, rpc := os.Args[1]+"/v1/traces", os.Args[2]
	calls := readCalls(os.Args[3])
	ctx := context.Background()
	plain, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(web))
	send(calls, "go-http", plain, err)
	zipped, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(web), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	send(calls, "go-http-gzip", zipped, err)
	grpc, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(rpc))
	send(calls, "go-grpc", grpc, err)
	packed, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(rpc), otlptracegrpc.WithCompressor("gzip"))
	send(calls, "go-grpc-gzip", packed, err)
}

func readCalls(path string) []call {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var calls []call
	if err := decoder.Decode(&calls); err != nil {
		log.Fatal(err)
	}
	return calls
}

func send(calls []call, service string, exporter sdktrace.SpanExporter, err error) {
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	)
	tracer := provider.Tracer("otel_llmroute")
	for _, one := range calls {
		_, span := tracer.Start(ctx, one.Name, trace.WithSpanKind(trace.SpanKindClient))
		span.SetAttributes(attributes(one.Attributes)...)
		span.End()
	}
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}

// attributes keeps whole numbers and fractions apart, as the file writes them.
func attributes(values map[string]any) []attribute.KeyValue {
	var found []attribute.KeyValue
	for key, value := range values {
		switch typed := value.(type) {
		case string:
			found = append(found, attribute.String(key, typed))
		case bool:
			found = append(found, attribute.Bool(key, typed))
		case json.Number:
			if whole, err := typed.Int64(); err == nil && !strings.ContainsAny(typed.String(), ".eE") {
				found = append(found, attribute.Int64(key, whole))
			} else if fraction, err := typed.Float64(); err == nil {
				found = append(found, attribute.Float64(key, fraction))
			}
		case []any:
			var texts []string
			for _, item := range typed {
				texts = append(texts, item.(string))
			}
			found = append(found, attribute.StringSlice(key, texts))
		}
	}
	return found
}
