package trackingplan_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/trackingplan"
	"github.com/throughline/throughline/identity"
)

const export = `{"event":"Bought","properties":{"time":1,"distinct_id":"d","$browser":"x","utm_source":"y","item":"tea","price":2,"a b":true}}
{"event":"$create_alias","properties":{"alias":"U"}}
{"event":"Bought","properties":{"item":"mug","price":"2","tags":["a"],"box":{"w":1},"gift":null}}
{"event":"Left","properties":{}}
`

func planOf(t *testing.T, export string) *trackingplan.Plan {
	var p trackingplan.Plan
	require.NoError(t, p.Read(strings.NewReader(export)))
	return &p
}

func written(t *testing.T, write func(*bytes.Buffer) error) string {
	var b bytes.Buffer
	require.NoError(t, write(&b))
	return b.String()
}

func TestPlanAsJSON(t *testing.T) {
	p := planOf(t, export)
	got := written(t, func(b *bytes.Buffer) error { return p.WriteJSON(b) })
	assert.JSONEq(t, `{"events": {
		"Bought": {
			"properties": {"item": {"type": "string"}, "price": {"type": ["number", "string"]}, "a b": {"type": "boolean"}, "tags": {"type": "array"}, "box": {"type": "object"}, "gift": {"type": "null"}},
			"required": ["item", "price"]
		},
		"Left": {}
	}}`, got)
}

// What was tracked is as its own plan says.
func TestThePlanOfEventsAcceptsThem(t *testing.T) {
	p := planOf(t, export)
	events, ok := identity.PlanEvents(written(t, func(b *bytes.Buffer) error { return p.WriteJSON(b) }))
	require.True(t, ok)
	v := identity.NewVisitor(identity.Config{Plan: events}, identity.NewRecord("d"))
	for _, properties := range []string{`{"item":"tea","price":2,"a b":true}`, `{"item":"mug","price":"2","tags":["a"],"box":{"w":1},"gift":null}`} {
		assert.Empty(t, v.Track(identity.Call{TimeMS: 1, InsertID: "i"}, `"Bought"`, identity.Value(properties)).Warnings)
	}
	assert.NotEmpty(t, v.Track(identity.Call{TimeMS: 1, InsertID: "i"}, `"Bought"`, `{"item":true,"price":2}`).Warnings)
}

func TestPlanAsTypeScript(t *testing.T) {
	p := planOf(t, export)
	// The tests of the package compile this file.
	want, err := os.ReadFile("../../js/test/typed-app/planned/events.d.ts.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), written(t, func(b *bytes.Buffer) error { return p.WriteTypeScript(b) }))
}

func TestAnExportThatBrokeOff(t *testing.T) {
	for _, text := range []string{"{\"event\":\"A\",\"properties\":{}}\n{\"error\":\"the database is gone\"}\n", "{\"event\":\"A\",\"prop", "<html>"} {
		var p trackingplan.Plan
		assert.Error(t, p.Read(strings.NewReader(text)), text)
	}
}

func TestAPlanIsBounded(t *testing.T) {
	var events, properties strings.Builder
	for n := range trackingplan.MaxEvents + 5 {
		fmt.Fprintf(&events, "{\"event\":\"e%d\",\"properties\":{}}\n", n)
		fmt.Fprintf(&properties, ",\"p%d\":1", n)
	}
	p := planOf(t, fmt.Sprintf("{\"event\":\"e0\",\"properties\":{%s}}\n%s", properties.String()[1:], events.String()))
	assert.Equal(t, 5, p.Skipped)
	assert.Equal(t, trackingplan.MaxProperties, strings.Count(written(t, func(b *bytes.Buffer) error { return p.WriteJSON(b) }), `"type"`))
}
