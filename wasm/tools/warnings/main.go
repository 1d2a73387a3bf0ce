// Command warnings writes the table of warnings where others need it, so that each is written once, in package identity: as JSON for
// the shim, which must warn before Go runs, and as the rows of the table in the documentation.
//
//	go run ./wasm/tools/warnings -json > js/src/warnings.json
//	go run ./wasm/tools/warnings -markdown docs/warnings.md
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/throughline/throughline/identity"
)

func main() {
	asJSON := flag.Bool("json", false, "write the shim's warnings as JSON to standard output")
	markdown := flag.String("markdown", "", "rewrite the table of warnings in this file")
	flag.Parse()
	if err := run(*asJSON, *markdown); err != nil {
		fmt.Fprintln(os.Stderr, "warnings:", err)
		os.Exit(1)
	}
}

func run(asJSON bool, path string) error {
	if asJSON {
		return writeJSON()
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the table: %w", err)
	}
	updated, err := withTable(string(text))
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// shims are the warnings that may have to be given before Go runs, or because it does not.
var shims = []identity.Code{identity.CoreFailed, identity.GlobalTaken, identity.NotInitialised}

func writeJSON() error {
	texts := map[identity.Code]map[string]string{}
	for _, d := range identity.Descriptions() {
		for _, code := range shims {
			if d.Code == code {
				texts[code] = map[string]string{"what": d.What, "mend": d.Mend}
			}
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(texts); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return nil
}

const (
	begin = "<!-- warnings: go run ./wasm/tools/warnings -markdown docs/warnings.md -->\n"
	end   = "<!-- end of warnings -->\n"
)

func withTable(page string) (string, error) {
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("the page lacks the lines %q and %q", begin, end)
	}
	var rows strings.Builder
	rows.WriteString("| code | what happened | how to mend it |\n| --- | --- | --- |\n")
	for _, d := range identity.Descriptions() {
		anchor := strings.TrimPrefix(d.Code.Anchor(), "#")
		fmt.Fprintf(&rows, "| <a id=%q></a>`%s` | %s | %s |\n", anchor, d.Code, cell(d.What), cell(d.Mend))
	}
	return before + begin + rows.String() + end + after, nil
}

func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "%s", "…"), "|", `\|`)
}
