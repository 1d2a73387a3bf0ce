// Package trackingplan makes a tracking plan of events that were tracked: which events there are, which properties they have, of which types, and which
// of these each of them has. It reads the lines of /api/export, and writes the form that the library's option tracking_plan takes, or TypeScript.
package trackingplan

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/throughline/throughline/identity/jsontext"
)

// Limits of a plan. A site that makes up names of events or properties has no plan that somebody could read.
const (
	MaxEvents     = 1000
	MaxProperties = 500 // of an event
)

// Plan is what is known of a site's events.
type Plan struct {
	events  map[string]*event
	Skipped int // events that were left out because there were too many names
}

type event struct {
	count      int
	properties map[string]*property
}

type property struct {
	count int
	types map[string]bool
}

// Read adds the events of an export, one a line, in Mixpanel's form. It returns an error if the export broke off, or is none.
func (p *Plan) Read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if err := p.add(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the export: %w", err)
		}
	}
}

func (p *Plan) add(line []byte) error {
	var exported struct {
		Event      string                     `json:"event"`
		Properties map[string]json.RawMessage `json:"properties"`
		Error      string                     `json:"error"`
	}
	if err := json.Unmarshal(line, &exported); err != nil {
		return fmt.Errorf("a line of the export is no event: %w", err)
	}
	if exported.Event == "" && exported.Error != "" {
		return fmt.Errorf("the export broke off: %s", exported.Error)
	}
	if exported.Event == "" || strings.HasPrefix(exported.Event, "$") {
		return nil
	}
	if p.events == nil {
		p.events = map[string]*event{}
	}
	e := p.events[exported.Event]
	if e == nil {
		if len(p.events) == MaxEvents {
			p.Skipped++
			return nil
		}
		e = &event{properties: map[string]*property{}}
		p.events[exported.Event] = e
	}
	e.count++
	for name, raw := range exported.Properties {
		if isOfLibrary(name) {
			continue
		}
		known := e.properties[name]
		if known == nil {
			if len(e.properties) == MaxProperties {
				continue
			}
			known = &property{types: map[string]bool{}}
			e.properties[name] = known
		}
		is := typeOf(raw)
		known.types[is] = true
		if is != "null" {
			known.count++
		}
	}
	return nil
}

// libraryNames are the properties that no site tracks, but the library, Mixpanel or the page's address adds.
var libraryNames = []string{
	"token", "time", "distinct_id", "dclid", "fbclid", "gclid", "ko_click_id", "li_fat_id", "msclkid", "sccid", "ttclid", "twclid", "wbraid",
}

func isOfLibrary(name string) bool {
	return strings.HasPrefix(name, "$") || strings.HasPrefix(name, "mp_") || strings.HasPrefix(name, "utm_") || slices.Contains(libraryNames, name)
}

// typeOf returns JSON Schema's name of a value's type. That one number is an integer does not say that the next will be.
func typeOf(raw json.RawMessage) string {
	if is := jsontext.TypeOf(string(raw)); is != "integer" {
		return is
	}
	return "number"
}

// names returns the names of a map in order.
func names[Value any](m map[string]Value) []string {
	all := make([]string, 0, len(m))
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// required returns the properties that each of the events has.
func (e *event) required() []string {
	var all []string
	for _, name := range names(e.properties) {
		if e.properties[name].count == e.count {
			all = append(all, name)
		}
	}
	return all
}
