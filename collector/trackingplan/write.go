package trackingplan

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// WriteJSON writes the plan as the option tracking_plan takes it.
func (p *Plan) WriteJSON(w io.Writer) error {
	type described struct {
		Type any `json:"type"`
	}
	type planned struct {
		Properties map[string]described `json:"properties,omitempty"`
		Required   []string             `json:"required,omitempty"`
	}
	events := map[string]planned{}
	for name, e := range p.events {
		one := planned{Properties: map[string]described{}, Required: e.required()}
		for name, known := range e.properties {
			if types := names(known.types); len(types) == 1 {
				one.Properties[name] = described{types[0]}
			} else {
				one.Properties[name] = described{types}
			}
		}
		events[name] = one
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"events": events}); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// typeScript has TypeScript's types of JSON's.
var typeScript = map[string]string{
	"string": "string", "number": "number", "boolean": "boolean", "null": "null", "array": "readonly unknown[]", "object": "Readonly<Record<string, unknown>>",
}

// identifier is a name that needs no quotes as a property's.
var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// WriteTypeScript writes the plan as declarations, by which TypeScript checks what a site tracks with the package throughline.
func (p *Plan) WriteTypeScript(w io.Writer) error {
	var b strings.Builder
	b.WriteString("// Made by throughline-collector plan --typescript.\nimport 'throughline';\n\ndeclare module 'throughline' {\n  interface Events {\n")
	for _, name := range names(p.events) {
		e := p.events[name]
		required := e.required()
		if len(e.properties) == 0 {
			fmt.Fprintf(&b, "    %s: undefined;\n", quoteName(name))
			continue
		}
		fmt.Fprintf(&b, "    %s: {", quoteName(name))
		for _, name := range names(e.properties) {
			mark := "?"
			if len(required) > 0 && required[0] == name {
				required, mark = required[1:], ""
			}
			var types []string
			for _, one := range names(e.properties[name].types) {
				types = append(types, typeScript[one])
			}
			fmt.Fprintf(&b, "\n      %s%s: %s;", quoteName(name), mark, strings.Join(types, " | "))
		}
		b.WriteString("\n    };\n")
	}
	b.WriteString("  }\n}\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the types: %w", err)
	}
	return nil
}

func quoteName(name string) string {
	if identifier.MatchString(name) {
		return name
	}
	quoted, _ := json.Marshal(name) // A string always has JSON.
	return string(quoted)
}
