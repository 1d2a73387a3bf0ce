package identity

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQueuedMessages(t *testing.T) {
	tests := []struct {
		name       string
		endpoint   Endpoint
		payload    string
		want       string // "" if it is dropped
		id         string
		alias      string
		cumulative bool
	}{
		{"an event", EventsEndpoint, `{"event":"E","properties":{"a":[1,{"b":"é"}],"time":1.5,"$insert_id":"abc","distinct_id":"D","token":"T"}}`,
			`{"properties":{"a":[1,{"b":"é"}],"distinct_id":"D","token":"T","$insert_id":"abc","time":1.5},"event":"E"}`, "abc", "", false},
		{"an event without an insert id", EventsEndpoint, `{"event":"E","properties":{}}`, `{"properties":{"$insert_id":"own"},"event":"E"}`, "own", "", false},
		{"an alias", EventsEndpoint, `{"event":"$create_alias","properties":{"alias":"jane","distinct_id":"D","$insert_id":"x1","time":2}}`,
			`{"properties":{"alias":"jane","distinct_id":"D","$insert_id":"x1","time":2},"event":"$create_alias"}`, "x1", "jane", false},
		{"no event", EventsEndpoint, `{"properties":{"a":1}}`, "", "", "", false},
		{"no object", EventsEndpoint, `[1]`, "", "", "", false},
		{"an update", PeopleEndpoint, `{"$set":{"a":1},"$token":"T","$distinct_id":"D"}`, `{"$token":"T","$distinct_id":"D","$set":{"a":1}}`, "", "", false},
		{"an update that adds", PeopleEndpoint, `{"$add":{"a":1},"$token":"T","$distinct_id":"D"}`, `{"$token":"T","$distinct_id":"D","$add":{"a":1}}`, "", "", true},
		{"an update of a group", GroupsEndpoint, `{"$union":{"a":[1]},"$group_key":"k","$group_id":1}`, `{"$group_key":"k","$group_id":1,"$union":{"a":[1]}}`, "", "", false},
		{"an update of nothing", PeopleEndpoint, `{"$token":"T"}`, "", "", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := NewVisitor(Config{Token: "T"}, NewRecord("d1"))
			o := v.AdoptQueued(test.endpoint, test.payload, "own")
			if test.want == "" {
				assert.Empty(t, o.Messages)
				return
			}
			require.Len(t, o.Messages, 1)
			m := o.Messages[0]
			assert.Equal(t, test.want, m.JSON())
			assert.True(t, json.Valid([]byte(m.JSON())))
			assert.Equal(t, []any{test.endpoint, test.id, test.alias, test.cumulative}, []any{m.Endpoint, m.InsertID, m.Alias, m.Cumulative})
			if test.endpoint != EventsEndpoint {
				assert.True(t, json.Valid([]byte(NeutralUpdate(m.JSON()))))
			}
		})
	}
}

// The alias of a record of mixpanel-browser counts as delivered, unless it waits in that library's queue.
func TestQueuedAliasIsNotAcknowledged(t *testing.T) {
	record, ok := ParseMixpanelRecord(`{"distinct_id":"$device:d1","$device_id":"d1","__alias":"jane"}`)
	require.True(t, ok)
	v := NewVisitor(Config{Token: "T"}, record)
	assert.Equal(t, AliasAcknowledged, v.Record().AliasState)
	v.AdoptQueued(EventsEndpoint, `{"event":"$create_alias","properties":{"alias":"jane","distinct_id":"other","$insert_id":"x0"}}`, "own")
	assert.Equal(t, AliasAcknowledged, v.Record().AliasState, "an alias of somebody else")
	v.AdoptQueued(EventsEndpoint, `{"event":"$create_alias","properties":{"alias":"jane","distinct_id":"$device:d1","$insert_id":"x1"}}`, "own")
	assert.Equal(t, AliasSent, v.Record().AliasState)
	o := v.HandleTakenAlias(Call{TimeMS: 9}, "jane", "$device:d1")
	assert.Len(t, o.Messages, 1)
	assert.Equal(t, "jane", v.DistinctID(), "an alias that was taken is followed")
	v.OptOut(Call{TimeMS: 10})
	assert.Empty(t, v.AdoptQueued(EventsEndpoint, `{"event":"E","properties":{}}`, "own").Messages, "nothing is sent after an opt-out")
}
