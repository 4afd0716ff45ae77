// Fills the message of an alert as Grafana does, from `{"message", "labels", "values"}`.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"text/template"
)

type value struct{ Value float64 }

func main() {
	var told struct {
		Message string
		Labels  map[string]string
		Values  map[string]float64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&told); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	values := map[string]value{}
	for name, number := range told.Values {
		values[name] = value{number}
	}
	plain := func(number float64) string { return fmt.Sprint(number) }
	own := template.FuncMap{"humanizeDuration": plain, "humanizePercentage": plain}
	made := template.Must(template.New("message").Option("missingkey=invalid").Funcs(own).Parse(told.Message))
	if err := made.Execute(os.Stdout, map[string]any{"Labels": told.Labels, "Values": values}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
