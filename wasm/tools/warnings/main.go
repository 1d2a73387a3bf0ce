// Command warnings copies the texts of warnings from package identity, the only place in which they are written, to where else they are
// needed: to the shim as JSON, because it must warn before Go runs, and to the documentation as a table. Tests report copies that are out of
// date. It does not give warnings.
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

// shimCodes are the warnings that the shim gives before Go runs, or because it cannot run.
var shimCodes = []identity.Code{identity.CoreFailed, identity.GlobalTaken, identity.NotInitialised}

// writeJSON writes the texts of shimCodes to standard output.
func writeJSON() error {
	texts := map[identity.Code]map[string]string{}
	for _, d := range identity.Descriptions() {
		for _, code := range shimCodes {
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
	tableBegin = "<!-- warnings: go run ./wasm/tools/warnings -markdown docs/warnings.md -->\n"
	tableEnd   = "<!-- end of warnings -->\n"
)

// withTable returns the page with the current table of warnings between its two markers.
func withTable(page string) (string, error) {
	before, rest, found := strings.Cut(page, tableBegin)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !found || !closed {
		return "", fmt.Errorf("the page lacks the lines %q and %q", tableBegin, tableEnd)
	}
	var rows strings.Builder
	rows.WriteString("| code | what happened | how to mend it |\n| --- | --- | --- |\n")
	for _, d := range identity.Descriptions() {
		anchor := strings.TrimPrefix(d.Code.Anchor(), "#")
		fmt.Fprintf(&rows, "| <a id=%q></a>`%s` | %s | %s |\n", anchor, d.Code, tableCell(d.What), tableCell(d.Mend))
	}
	return before + tableBegin + rows.String() + tableEnd + after, nil
}

// tableCell formats a text for a Markdown table, with … in place of arguments. The console can only name another page, and the table has a link to it.
func tableCell(text string) string {
	return strings.NewReplacer("%s", "…", "|", `\|`, "docs/methods.md", "[docs/methods.md](methods.md)").Replace(text)
}
