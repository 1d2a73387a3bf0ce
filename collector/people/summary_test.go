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

// A summary keeps texts as they were sent: items of a list are compared byte by byte, and an encoder that escapes some characters, or leaves out
// white space, would make others of them.
func TestSummaryKeepsTexts(t *testing.T) {
	for _, item := range []string{`"a<b>&c"`, "\"\u2028\"", `{"a": [1, 2]}`, `" a  b "`, `"\u003c"`, `"\/"`, `1.0`, `1e2`, `"😀"`, `"\ud800"`, "{\n\t\"a\":1}", `"\u0000"`} {
		for _, before := range []string{`{"$append":{"l":%s}}`, `{"$union":{"l":[%s]}}`, `{"$set":{"l":[%s]}}`, `{"$set":{"l":[ %s , 1 ]}}`, `{"$delete":"","$set":{"l":[%s]}}`} {
			for _, after := range []string{`{"$union":{"l":[%s]}}`, `{"$remove":{"l":%s}}`} {
				first, second := fmt.Sprintf(before, item), fmt.Sprintf(after, item)
				want, summary, got := people.NewProfile(), people.NewSummary(), people.NewProfile()
				want.Apply(1, first)
				summary.Apply(1, first)
				text, err := summary.Summary()
				require.NoError(t, err)
				require.NoError(t, got.ApplySummary(text))
				want.Apply(2, second)
				got.Apply(2, second)
				assert.Equal(t, encode(t, want), encode(t, got), "%s, then %s", first, second)
				if after[2:8] == "$remov" {
					assert.NotContains(t, encode(t, got), item, "%s, then %s", first, second)
				}
			}
		}
	}
}

// Nothing makes a profile, or a summary, much larger than the limit, whatever operations there are.
func TestNoOperationExceedsTheLimit(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	for name, update := range map[string]func(i int) string{
		"remove":           func(i int) string { return fmt.Sprintf(`{"$remove":{"a":"%d%s"}}`, i, long) },
		"remove of others": func(i int) string { return fmt.Sprintf(`{"$remove":{"%d%s":1}}`, i, long) },
		"unset":            func(i int) string { return fmt.Sprintf(`{"$unset":["%d%s"]}`, i, long) },
		"set and add": func(i int) string {
			return fmt.Sprintf(`{"$append":{"a":"%s"},"$add":{"a":1},"$set_once":{"b":"%s"}}`, long, long)
		},
		"append, then set": func(i int) string {
			return []string{`{"$append":{"a":"` + long + `"}}`, `{"$set":{"a":"` + strings.Repeat(long, 1+i%3) + `"}}`}[i%2]
		},
		"add, then union": func(i int) string {
			return []string{`{"$add":{"a":1}}`, fmt.Sprintf(`{"$union":{"a":["%d%s"]}}`, i, long)}[i%2]
		},
		"union, then unset": func(i int) string {
			return []string{fmt.Sprintf(`{"$union":{"%d":["%s"]}}`, i, long), fmt.Sprintf(`{"$unset":["%d"]}`, i-1)}[i%2]
		},
	} {
		for kind, p := range map[string]*people.Profile{"profile": people.NewProfile(), "summary": people.NewSummary()} {
			t.Run(name+", "+kind, func(t *testing.T) {
				for i := range 40 {
					p.Apply(int64(i), update(i))
				}
				text, err := p.Summary()
				require.NoError(t, err)
				assert.Less(t, len(text), 5<<18)
			})
		}
	}
	p := people.NewProfile()
	p.Apply(1, `{"$set":{"a":"`+strings.Repeat("x", 1<<20-60)+`"}}`)
	p.Apply(2, `{"$unset":["b"]}`)
	assert.False(t, p.Full(), "what does not exist takes no room")
	p.Apply(3, `{"$unset":["a"]}`)
	assert.Equal(t, `{}`, encode(t, p))
}

// Which of several operations of one update does not fit any more is the same each time.
func TestLimitIsDeterministic(t *testing.T) {
	var want string
	for i := range 20 {
		p := people.NewProfile()
		p.Apply(1, `{"$set":{"a":"`+strings.Repeat("x", 400_000)+`","b":"`+strings.Repeat("x", 400_001)+`","c":"`+strings.Repeat("x", 400_002)+`","d":1}}`)
		if got := encode(t, p); i == 0 {
			want = got
		} else {
			require.Equal(t, want, got)
		}
	}
}

// The updates of several ids do what they do in the order in which they came, wherever those of one id are summarized: what was set last is what
// holds, what was set first holds for $set_once, and what came before a $delete is gone.
func TestSummariesOfSeveralIDs(t *testing.T) {
	for round := range 6000 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		second := []string{`{"$set_once":{"%s":%d}}`, `{"$unset":["%s",%d]}`}[round%2]
		want := people.NewProfile()
		rows := map[int][]people.Update{}
		for at := range int64(2 + r.IntN(20)) {
			id, name := r.IntN(3), string(rune('a'+r.IntN(3)))
			update := fmt.Sprintf([]string{`{"$set":{"%s":%d}}`, second}[r.IntN(2)], name, at)
			if round%2 == 1 && r.IntN(12) == 0 {
				update = `{"$delete":""}`
			}
			want.Apply(at+1, update)
			rows[id] = append(rows[id], people.Update{At: at + 1, Operations: update})
			if r.IntN(4) == 0 {
				summary := people.NewSummary()
				for _, row := range rows[id] {
					require.NoError(t, summary.ApplyUpdate(row))
				}
				text, err := summary.Summary()
				require.NoError(t, err)
				rows[id] = []people.Update{{At: at + 1, Operations: text, IsSummary: true}}
			}
		}
		var all []people.Update
		for _, id := range r.Perm(3) {
			all = append(all, rows[id]...)
		}
		got, err := people.Merge(all)
		require.NoError(t, err)
		require.JSONEq(t, encode(t, want), encode(t, got), "seed %d: %v", seed, all)
	}
}

// What an id had before another id's $delete can be taken out of a summary.
func TestForgetBefore(t *testing.T) {
	s := people.NewSummary()
	s.Apply(1, `{"$set":{"old":"secret"},"$add":{"n":1}}`)
	s.Apply(5, `{"$set":{"new":1}}`)
	text, err := s.Summary()
	require.NoError(t, err)
	for at, want := range map[int64]string{1: `{"old":"secret","n":1,"new":1}`, 2: `{"new":1}`, 5: `{"new":1}`, 6: `{}`} {
		rest, err := people.ForgetBefore(text, at)
		require.NoError(t, err)
		p := people.NewProfile()
		require.NoError(t, p.ApplySummary(rest))
		assert.JSONEq(t, want, encode(t, p))
		assert.Equal(t, at < 2, strings.Contains(rest, "secret"))
	}
	_, err = people.ForgetBefore("x", 1)
	assert.Error(t, err)
	assert.True(t, json.Valid([]byte(text)))
}
