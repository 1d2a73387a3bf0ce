package tracker

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		first, second := firstTwo(args)
		assert.Equal(t, want, [2]string{first, second}, args)
	}
}

// Whatever JavaScript stringified comes out as it went in; whatever else was found in storage ends no program.
func FuzzFirstTwo(f *testing.F) {
	f.Add(`"Item Viewed"`, `{"price":1,"tags":["a","]"]}`)
	f.Add(`{}`, `7`)
	f.Add(`[`, `"\u005d`)
	f.Fuzz(func(t *testing.T, a, b string) {
		firstTwo("[" + a + "," + b + "]")
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
		first, second := firstTwo("[" + a + "," + b + "]")
		require.Equal(t, [2]string{given(a), given(b)}, [2]string{first, second})
	})
}
