package tracker

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTruncateTexts(t *testing.T) {
	long := strings.Repeat("x", 300)
	cut := long[:255]
	tests := map[string]struct{ text, want string }{
		"nothing to cut":      {`{"a":"b","c":[1,"d",null]}`, `{"a":"b","c":[1,"d",null]}`},
		"exactly as long":     {`"` + cut + `"`, `"` + cut + `"`},
		"a value":             {`{"a":"` + long + `","b":1}`, `{"a":"` + cut + `","b":1}`},
		"not a name":          {`{"` + long + `" : "` + long + `"}`, `{"` + long + `" : "` + cut + `"}`},
		"in a list":           {`["` + long + `",{"a":["` + long + `"]}]`, `["` + cut + `",{"a":["` + cut + `"]}]`},
		"a part of an object": {`"a":"` + long + `",`, `"a":"` + cut + `",`},
		"escapes count once":  {`"` + strings.Repeat(`\"`, 300) + `"`, `"` + strings.Repeat(`\"`, 255) + `"`},
		"characters of two":   {`"` + strings.Repeat("ä", 300) + `"`, `"` + strings.Repeat("ä", 255) + `"`},
		"pairs are kept":      {`"` + strings.Repeat("😀", 200) + `"`, `"` + strings.Repeat("😀", 127) + `"`},
		"escaped pairs":       {`"` + strings.Repeat(`\ud83d\uDE00`, 200) + `"`, `"` + strings.Repeat(`\ud83d\uDE00`, 127) + `"`},
		"unfinished":          {`"` + long, `"` + cut},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, truncateTexts(test.text)) })
	}
}

func FuzzTruncateTexts(f *testing.F) {
	f.Add("a", strings.Repeat("ж", 300))
	f.Add(strings.Repeat("n", 300), strings.Repeat("😀\"\\", 100))
	f.Fuzz(func(t *testing.T, name, value string) {
		text, err := json.Marshal(map[string]any{name: []any{value, 1}})
		require.NoError(t, err)
		var before, after map[string][]any
		require.NoError(t, json.Unmarshal(text, &before))
		require.NoError(t, json.Unmarshal([]byte(truncateTexts(string(text))), &after))
		for n, values := range before {
			whole := utf16.Encode([]rune(values[0].(string)))
			got := utf16.Encode([]rune(after[n][0].(string)))
			require.LessOrEqual(t, len(got), maxMixpanelText)
			require.Equal(t, whole[:len(got)], got)
			require.True(t, len(got) == len(whole) || len(got) >= maxMixpanelText-1)
		}
	})
}
