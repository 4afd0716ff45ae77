// Reads OTLP log requests, each as a line of base64, and writes the body of each record as the text that the Collector's
// ClickHouse exporter stores (pcommon.Value.AsString), as a line of JSON. Made ../../../store/exporter_text.json.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"log"
	"os"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		body, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		request := plogotlp.NewExportRequest()
		if err := request.UnmarshalProto(body); err != nil {
			log.Fatal(err)
		}
		records := request.Logs().ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
		if err := out.Encode(records.At(0).Body().AsString()); err != nil {
			log.Fatal(err)
		}
	}
}
