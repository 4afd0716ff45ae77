// Reads a provisioning file of alert rules, as JSON, by the models of Grafana's API: a key that they do not have is a fault.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-openapi/strfmt"
	"github.com/grafana/grafana-openapi-client-go/models"
)

func main() {
	var file models.AlertingFileExport
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if err := file.Validate(strfmt.Default); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, group := range file.Groups {
		fmt.Println(group.Name, len(group.Rules))
	}
}
