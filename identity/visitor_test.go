package identity_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

const (
	device      = "6f1c2d3e-1111-4aaa-8bbb-000000000001"
	otherDevice = "6f1c2d3e-2222-4aaa-8bbb-000000000002"
	anonymous   = identity.DevicePrefix + device
)

// browser is a visitor with a clock that advances by a second per call, and numbered insert ids.
type browser struct {
	*identity.Visitor
	t      *testing.T
	config identity.Config
	now    int64
	calls  int
}

func newBrowser(t *testing.T) *browser {
	config := identity.Config{Token: "T", PageID: "page-1"}
	return &browser{Visitor: identity.NewVisitor(config, identity.NewRecord(device)), t: t, config: config, now: 1763922000123}
}

func (b *browser) nextCall() identity.Call {
	b.now += 1000
	b.calls++
	return identity.Call{TimeMS: b.now, InsertID: fmt.Sprintf("call-%d", b.calls)}
}

// load simulates the next page load: a new Visitor with the stored record.
func (b *browser) load(pageID string) {
	record, problems := identity.ParseRecord(string(b.Record().AppendJSON(nil)))
	require.Empty(b.t, problems)
	b.config.PageID = pageID
	b.Visitor = identity.NewVisitor(b.config, record)
}

func (b *browser) track(event, properties string) identity.Outcome {
	return b.Track(b.nextCall(), identity.String(event), identity.Value(properties))
}

func (b *browser) alias(id string) identity.Outcome {
	return b.Alias(b.nextCall(), identity.String(id), "")
}

func (b *browser) identify(id string) identity.Outcome {
	return b.Identify(b.nextCall(), identity.String(id))
}

func (b *browser) reset() identity.Outcome { return b.Reset(b.nextCall(), otherDevice) }

// wireEvent is a message as the collector receives it.
type wireEvent struct {
	Event      string
	Properties map[string]any
}

func decodeMessage(t *testing.T, m identity.Message) wireEvent {
	t.Helper()
	requireNoDuplicateMembers(t, m.JSON())
	var w wireEvent
	require.NoError(t, json.Unmarshal([]byte(m.JSON()), &w))
	require.Equal(t, m.Event, w.Event)
	require.Equal(t, m.DistinctID, w.Properties["distinct_id"])
	require.Equal(t, m.InsertID, w.Properties["$insert_id"])
	return w
}

// onlyMessage returns the message of an outcome that has exactly one, and no warnings.
func onlyMessage(t *testing.T, o identity.Outcome) wireEvent {
	t.Helper()
	require.Empty(t, o.Warnings)
	require.Len(t, o.Messages, 1)
	return decodeMessage(t, o.Messages[0])
}

// requireNoDuplicateMembers requires unique names: encoding/json takes the last of two members of one name, other parsers the first.
func requireNoDuplicateMembers(t *testing.T, text string) {
	t.Helper()
	var outer struct{ Properties json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(text), &outer), text)
	var names map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(outer.Properties, &names))
	bag, err := identity.ParseProperties(string(outer.Properties))
	require.NoError(t, err)
	require.Equal(t, len(names), bag.Len())
	require.Equal(t, len(outer.Properties), len(bag.AppendJSON(nil)), "a member comes twice in %s", text)
}

func codes(o identity.Outcome) []identity.Code {
	var all []identity.Code
	for _, w := range o.Warnings {
		all = append(all, w.Code)
	}
	return all
}

// requireUntouched requires that a call changes and sends nothing, and returns the codes of its warnings.
func (b *browser) requireUntouched(call func() identity.Outcome) []identity.Code {
	b.t.Helper()
	record, revision := string(b.Record().AppendJSON(nil)), b.Revision()
	o := call()
	require.Empty(b.t, o.Messages)
	require.Equal(b.t, record, string(b.Record().AppendJSON(nil)))
	require.Equal(b.t, revision, b.Revision())
	return codes(o)
}
