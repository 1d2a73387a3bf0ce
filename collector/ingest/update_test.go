package ingest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

func TestUpdates(t *testing.T) {
	long := strings.Repeat("x", MaxID+1)
	for _, test := range []struct {
		name, record string
		want         event.Update // without its operations, which are the record
		fault        string
	}{
		{"of a person", `{"$token":"t","$distinct_id":"jane","$set":{"a":1}}`, event.Update{Token: "t", Subject: "jane"}, ""},
		{"of a person whose id is a number", `{"$token":"t","$distinct_id":13793,"$add":{"a":1}}`, event.Update{Token: "t", Subject: "13793"}, ""},
		{"of a group", `{"$token":"t","$group_key":"company","$group_id":"acme","$set":{}}`, event.Update{Token: "t", GroupKey: "company", Subject: "acme"}, ""},
		{
			"of a group, by a person", `{"$token":"t","$distinct_id":"jane","$group_key":"company","$group_id":7}`,
			event.Update{Token: "t", GroupKey: "company", Subject: "7"}, "",
		},
		{"with its time", `{"$token":"t","$distinct_id":"jane","$time":1600000000}`, event.Update{Token: "t", Subject: "jane", TimeMS: 1_600_000_000_000}, ""},
		{"with a time that is none", `{"$token":"t","$distinct_id":"jane","$time":"x"}`, event.Update{Token: "t", Subject: "jane"}, ""},
		{"with the time 0", `{"$token":"t","$distinct_id":"jane","$time":0}`, event.Update{Token: "t", Subject: "jane"}, ""},
		{"not JSON", `{`, event.Update{}, "record 0: the record is not a JSON object"},
		{"not an object", `[]`, event.Update{}, "record 0: the record is not a JSON object"},
		{"too long", `{"a":"` + strings.Repeat("x", MaxRecord) + `"}`, event.Update{}, "record 0: the update is larger than 1 MiB"},
		{"no token", `{"$distinct_id":"jane"}`, event.Update{}, "record 0: $token: the update has no project token"},
		{
			"nobody's", `{"$token":"t","$set":{}}`, event.Update{},
			"record 0: $distinct_id: the update names neither a person ($distinct_id) nor a group ($group_key and $group_id)",
		},
		{
			"of a group without its id", `{"$token":"t","$distinct_id":"jane","$group_key":"company"}`, event.Update{},
			"record 0: $distinct_id: the update names neither a person ($distinct_id) nor a group ($group_key and $group_id)",
		},
		{"a long id", `{"$token":"t","$distinct_id":"` + long + `"}`, event.Update{}, "record 0: $distinct_id: an id of the update is longer than 1024 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			updates, faults := Updates([]string{test.record}, testRequest(""))
			if test.fault != "" {
				assert.Empty(t, updates)
				require.Len(t, faults, 1)
				assert.Equal(t, test.fault, faults[0].String())
				return
			}
			require.Empty(t, faults)
			test.want.Operations = test.record
			assert.Equal(t, []event.Update{test.want}, updates)
		})
	}
}
