package people_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
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
			p := people.NewProfile()
			for _, update := range test.updates {
				p.Apply(1, update)
			}
			got, err := json.Marshal(p)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
		})
	}
}

func encode(t *testing.T, p *people.Profile) string {
	t.Helper()
	text, err := json.Marshal(p)
	require.NoError(t, err)
	return string(text)
}

// randomUpdate returns an update of one to three operations on few properties, so that they meet.
func randomUpdate(r *rand.Rand) string {
	operations := map[string]any{}
	for range 1 + r.IntN(3) {
		name, value := string(rune('a'+r.IntN(3))), any(r.IntN(4))
		if r.IntN(6) == 0 {
			value = []any{1, "x"}
		}
		switch kind := r.IntN(9); kind {
		case 0:
			operations["$set"] = map[string]any{name: value}
		case 1:
			operations["$set_once"] = map[string]any{name: value}
		case 2, 3:
			operations["$add"] = map[string]any{name: r.IntN(5)}
		case 4, 5:
			operations["$append"] = map[string]any{name: value}
		case 6:
			operations["$union"] = map[string]any{name: []any{r.IntN(4), value}}
		case 7:
			operations["$remove"] = map[string]any{name: r.IntN(4)}
		case 8:
			if operations["$unset"] = []string{name}; r.IntN(4) == 0 {
				operations["$delete"] = ""
			}
		}
	}
	text, _ := json.Marshal(operations)
	return string(text)
}

// A summary of some updates in a row does what they do, whatever the profile was before and whatever comes after.
func TestSummary(t *testing.T) {
	for range 3000 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		updates := make([]string, 1+r.IntN(14))
		for i := range updates {
			updates[i] = randomUpdate(r)
		}
		want := people.NewProfile()
		for _, u := range updates {
			want.Apply(1, u)
		}
		got := people.NewProfile()
		for i := 0; i < len(updates); {
			if r.IntN(2) == 0 {
				got.Apply(1, updates[i])
				i++
				continue
			}
			summary := people.NewSummary()
			for end := i + 1 + r.IntN(len(updates)-i); i < end; i++ {
				if r.IntN(3) == 0 { // A summary can be written down and gone on with.
					text, err := summary.Summary()
					require.NoError(t, err)
					summary = people.NewSummary()
					require.NoError(t, summary.ApplySummary(text))
				}
				summary.Apply(1, updates[i])
			}
			text, err := summary.Summary()
			require.NoError(t, err)
			require.NoError(t, got.ApplySummary(text))
		}
		require.JSONEq(t, encode(t, want), encode(t, got), "seed %d: %v", seed, updates)
	}
}

// A summary takes as much room as the outcome, however many updates there were and however they alternate.
func TestSummaryIsSmall(t *testing.T) {
	for name, update := range map[string]func(i int) string{
		"union of the same": func(i int) string { return fmt.Sprintf(`{"$union":{"a":[%d]}}`, i%10) },
		"sum":               func(int) string { return `{"$add":{"a":1}}` },
		"sum and list":      func(i int) string { return []string{`{"$add":{"a":1}}`, `{"$union":{"a":[1]}}`}[i%2] },
		"append and remove": func(i int) string { return []string{`{"$append":{"a":1}}`, `{"$remove":{"a":1}}`}[i%2] },
		"set and unset":     func(i int) string { return []string{`{"$set":{"a":1}}`, `{"$unset":["a"]}`}[i%2] },
		"set once":          func(i int) string { return fmt.Sprintf(`{"$set_once":{"a":%d}}`, i) },
		"delete":            func(i int) string { return fmt.Sprintf(`{"$delete":"","$set":{"a%d":1}}`, i) },
	} {
		t.Run(name, func(t *testing.T) {
			s := people.NewSummary()
			for i := range 20_000 {
				s.Apply(1, update(i))
			}
			text, err := s.Summary()
			require.NoError(t, err)
			assert.Less(t, len(text), 200, text)
		})
	}
}

// What would make a profile larger than the limit is not applied, and the rest still is.
func TestProfileLimit(t *testing.T) {
	p := people.NewProfile()
	text := strings.Repeat("x", 1<<18)
	for i := range 10 {
		p.Apply(1, fmt.Sprintf(`{"$append":{"list":"%d%s"},"$set":{"n":%d}}`, i, text, i))
	}
	assert.True(t, p.Full())
	encoded := encode(t, p)
	assert.InDelta(t, 3.5*(1<<18), float64(len(encoded)), 1<<18)
	assert.Contains(t, encoded, `"n":9`)
	p.Apply(1, `{"$set":{"list":"short"}}`)
	p.Apply(1, `{"$append":{"other":1}}`)
	assert.JSONEq(t, `{"list":"short","n":9,"other":[1]}`, encode(t, p))
	for range 20 { // A large value that replaces one as large always fits.
		p.Apply(1, `{"$set":{"large":"`+strings.Repeat("y", 3<<18)+`"}}`)
	}
	p.Apply(1, `{"$set":{"large":"new `+strings.Repeat("y", 3<<18)+`"}}`)
	assert.Contains(t, encode(t, p), "new y")
}
