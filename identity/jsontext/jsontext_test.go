package jsontext_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity/jsontext"
)

var seeds = []string{
	``, ` `, `{}`, `[]`, `null`, `"x"`, `{"a":1}`, ` { "a" : [ 1 , {"b":null} ] , "c":"d" } `, `{"a":1,"a":2}`, `{"a":}`, `{"a"1}`, `{,}`, `[,]`, `[1,]`,
	`[1 2]`, `{"a":1}x`, `01`, `-`, `-0`, `1.`, `1.5e+3`, `1e`, `tru`, `"\u12"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, "\"\x01\"", "\"\xff\"",
	`"\x"`, `"\`, `{"\u0061":"\n\t\"\\\/\b\f\r"}`, `{"":""}`, "[\"\u2028\"]", `[[[[]]]]`, `{"a":{"b":{"c":[]}}}`, `9999999999999999999999`, `"unended`,
}

func FuzzObject(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "[")+strings.Count(text, "{") > jsontext.MaxDepth {
			t.Skip("deeper than allowed")
		}
		require.Equal(t, json.Valid([]byte(text)), jsontext.Valid(text))

		var want map[string]json.RawMessage
		wantErr := json.Unmarshal([]byte(text), &want)
		got := map[string]json.RawMessage{}
		err := jsontext.Object(text, func(name, value string) bool {
			got[name] = json.RawMessage(value)
			return true
		})
		if want == nil && wantErr == nil { // null
			require.Error(t, err)
			return
		}
		require.Equal(t, wantErr == nil, err == nil, "encoding/json says %v, we say %v", wantErr, err)
		if err == nil {
			require.Equal(t, want, got)
		}

		var items []json.RawMessage
		wantErr = json.Unmarshal([]byte(text), &items)
		n := 0
		err = jsontext.Array(text, func(value string) bool {
			if wantErr == nil {
				require.Equal(t, string(items[n]), value)
			}
			n++
			return true
		})
		if items != nil || wantErr != nil {
			require.Equal(t, wantErr == nil, err == nil)
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var back, theirs string
		require.NoError(t, json.Unmarshal([]byte(jsontext.Quote(s)), &back))
		quoted, err := json.Marshal(s)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(quoted, &theirs))
		require.Equal(t, theirs, back)

		got, ok := jsontext.Unquote(s)
		var want string
		err = json.Unmarshal([]byte(s), &want)
		if ok {
			require.NoError(t, err)
			require.Equal(t, want, got)
		} else {
			require.False(t, err == nil && len(s) > 0 && s[0] == '"' && s[len(s)-1] == '"')
		}
	})
}

func TestNestingIsBounded(t *testing.T) {
	deep := strings.Repeat("[", 1_000_000)
	assert.False(t, jsontext.Valid(deep))
	assert.Error(t, jsontext.Array(deep+strings.Repeat("]", 1_000_000), func(string) bool { return true }))
	fits := strings.Repeat("[", jsontext.MaxDepth) + strings.Repeat("]", jsontext.MaxDepth)
	assert.True(t, jsontext.Valid(fits))
}

func TestYieldStops(t *testing.T) {
	var names []string
	require.NoError(t, jsontext.Object(`{"a":1,"b":2,"c":`, func(name, _ string) bool {
		names = append(names, name)
		return name != "b"
	}))
	assert.Equal(t, []string{"a", "b"}, names)
}

func TestNumbers(t *testing.T) {
	for _, n := range []int64{0, 7, -7, 1763922000123, 999999999999999999, -9223372036854775808} {
		want, _ := json.Marshal(n)
		assert.Equal(t, string(want), string(jsontext.AppendInt(nil, n)))
	}
	for text, want := range map[string]int64{"0": 0, "42": 42, "-3": -3} {
		n, ok := jsontext.ParseInt(text)
		assert.True(t, ok)
		assert.Equal(t, want, n)
	}
	for _, text := range []string{"", "-", "1.5", "1e3", "x", "9999999999999999999"} {
		_, ok := jsontext.ParseInt(text)
		assert.False(t, ok, text)
	}
	assert.Equal(t, "1763922000.007", string(jsontext.AppendThousandths(nil, 1763922000007)))
	assert.Equal(t, "-0.250", string(jsontext.AppendThousandths(nil, -250)))
}

func TestPlainTextIsNotCopied(t *testing.T) {
	text := `{"plan":"pro","items":[1,2,3],"name":"Ünïcode"}`
	allocs := testing.AllocsPerRun(100, func() {
		_ = jsontext.Object(text, func(_, value string) bool {
			_, _ = jsontext.Unquote(value)
			return true
		})
	})
	assert.Zero(t, allocs)
}

func BenchmarkObject(b *testing.B) {
	text := `{"plan":"pro","items":[1,2,3],"price":19.99,"nested":{"a":"b"},"long":"` + strings.Repeat("x", 200) + `"}`
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		_ = jsontext.Object(text, func(_, _ string) bool { return true })
	}
}

func TestTrimSpaceRemovesOnlyJSONWhiteSpace(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " \t\r\n": "", "1": "1", " 1\r\n": "1", "\ta b\n": "a b", "\v1\f": "\v1\f", "\u00a01": "\u00a01", "1\x00": "1\x00",
	} {
		assert.Equal(t, want, jsontext.TrimSpace(text), "%q", text)
	}
}
