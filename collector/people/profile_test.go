package people_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/people"
)

func TestProfile(t *testing.T) {
	for _, test := range []struct {
		name    string
		updates []string
		want    string
	}{
		{"nothing", nil, `{}`},
		{"set", []string{`{"$set":{"a":1,"b":"x"}}`, `{"$set":{"a":2}}`}, `{"a":2,"b":"x"}`},
		{"set once", []string{`{"$set_once":{"a":1}}`, `{"$set_once":{"a":2,"b":3}}`}, `{"a":1,"b":3}`},
		{"add", []string{`{"$add":{"a":1}}`, `{"$add":{"a":2.5,"b":-1}}`}, `{"a":3.5,"b":-1}`},
		{"add what is no number", []string{`{"$add":{"a":1}}`, `{"$add":{"a":"2"}}`, `{"$add":{"a":null}}`}, `{"a":1}`},
		{"add to what is no number", []string{`{"$set":{"a":"x"}}`, `{"$add":{"a":2}}`}, `{"a":"x"}`},
		{"add to a list", []string{`{"$append":{"a":1}}`, `{"$add":{"a":2}}`}, `{"a":[1]}`},
		{"append", []string{`{"$append":{"a":1}}`, `{"$append":{"a":1}}`, `{"$append":{"a":[2]}}`}, `{"a":[1,1,[2]]}`},
		{"append to a list that was set", []string{`{"$set":{"a":[0]}}`, `{"$append":{"a":1}}`}, `{"a":[0,1]}`},
		{"append to what is no list", []string{`{"$set":{"a":"x"}}`, `{"$append":{"a":1}}`}, `{"a":"x"}`},
		{"union", []string{`{"$set":{"a":["x"]}}`, `{"$union":{"a":["x","y","y"],"b":["z","z"]}}`}, `{"a":["x","y"],"b":["z"]}`},
		{"union with what is no list", []string{`{"$union":{"a":["x"]}}`, `{"$union":{"a":"y"}}`}, `{"a":["x"]}`},
		{"remove", []string{`{"$set":{"a":[1,2,1]}}`, `{"$remove":{"a":1}}`}, `{"a":[2]}`},
		{"unset", []string{`{"$set":{"a":1,"b":2}}`, `{"$unset":["a","c",7]}`}, `{"b":2}`},
		{"delete", []string{`{"$set":{"a":1}}`, `{"$delete":""}`}, `{}`},
		{"delete, then set anew", []string{`{"$set":{"a":1}}`, `{"$delete":"","$set":{"b":2}}`}, `{"b":2}`},
		{"what is no update", []string{`{"$set":{"a":1}}`, `[]`, `x`, `null`, `{"$set":[]}`, `{"$set":null}`, `{"$unset":"a"}`, `{"$else":{"a":2}}`}, `{"a":1}`},
		{"big numbers stay what they are", []string{`{"$set":{"a":12345678901234567890}}`}, `{"a":12345678901234567890}`},
		{"a sum that no number can say", []string{`{"$add":{"a":1e308}}`, `{"$add":{"a":1e308}}`}, `{"a":1e+308}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := people.Profile{}
			for _, update := range test.updates {
				p.Apply(update)
			}
			got, err := json.Marshal(p)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
		})
	}
}
