package tracker

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestFirstTwoArguments(t *testing.T) {
	for args, want := range map[string][2]string{
		`[]`:                           {},
		`["a"]`:                        {`"a"`},
		`["a",{"b":[1,"]",{}]}]`:       {`"a"`, `{"b":[1,"]",{}]}`},
		`[null,{"b":1}]`:               {"", `{"b":1}`},
		`["a",null]`:                   {`"a"`},
		`[{"n":1.5,"s":"],["},"base"]`: {`{"n":1.5,"s":"],["}`, `"base"`},
		``:                             {},
		`[`:                            {},
		`nonsense`:                     {},
	} {
		first, second := firstTwoArguments(args)
		assert.Equal(t, want, [2]string{first, second}, args)
	}
}

// What JavaScript stringified is returned unchanged, and damaged texts from storage do not cause a panic.
func FuzzFirstTwo(f *testing.F) {
	f.Add(`"Item Viewed"`, `{"price":1,"tags":["a","]"]}`)
	f.Add(`{}`, `7`)
	f.Add(`[`, `"\u005d`)
	f.Fuzz(func(t *testing.T, a, b string) {
		firstTwoArguments("[" + a + "," + b + "]")
		compact := func(text string) string {
			var value any
			require.NoError(t, json.Unmarshal([]byte(text), &value))
			out, err := json.Marshal(value)
			require.NoError(t, err)
			return string(out)
		}
		if !json.Valid([]byte(a)) || !json.Valid([]byte(b)) || a == "null" || b == "null" {
			return
		}
		a, b = compact(a), compact(b)
		first, second := firstTwoArguments("[" + a + "," + b + "]")
		require.Equal(t, [2]string{nullToEmpty(a), nullToEmpty(b)}, [2]string{first, second})
	})
}

// Events that are passed to Go together result in the same messages as one by one.
func FuzzTracks(f *testing.F) {
	f.Add(int64(1_700_000_000_000), "0f3a-12", `"Item Viewed"`, `{"price":1,"tags":["a","]"]}`)
	f.Add(int64(-5), "x", `"a\nb"`, `null`)
	f.Add(int64(0), "9", `"[1 2]"`, `{"a b":" [ "}`)
	f.Fuzz(func(t *testing.T, ms int64, id, event, properties string) {
		valid := json.Valid([]byte(event)) && json.Valid([]byte(properties)) && !strings.ContainsAny(event+properties, "\r\n")
		if !valid || id == "" || strings.ContainsAny(id, "[\n") || ms > 1<<50 || ms < -1<<50 {
			return
		}
		args := "[" + event + "," + properties + "]"
		one, together := map[string]string{}, map[string]string{}
		tracker := openNew(one, "page", 1000)
		lines := ""
		for n := range int64(3) {
			tracker.Call(MethodTrack, identity.Call{TimeMS: ms + n, InsertID: id}, args)
			lines += fmt.Sprintf("%d %s%s\n", ms+n, id, args)
		}
		tracker.Commit(2000)
		tracker = openNew(together, "page", 1000)
		tracker.Tracks(lines)
		tracker.Commit(2000)
		require.Equal(t, one, together)
	})
}
