package ingest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// validRecord returns a valid record whose event has this name.
func validRecord(name string) string {
	return `{"event":"` + name + `","properties":{"token":"t","distinct_id":"d","list":[1,{"x":"}],[{"}],"note":"a \"quote\", a \\"}}`
}

// A broken record costs only itself. want has the names of the events that are accepted, in order, with ! in the place of each refused
// record.
func TestBadRecordCostsOnlyItself(t *testing.T) {
	a, b, c := validRecord("a"), validRecord("b"), validRecord("c")
	for _, test := range []struct {
		name, body string
		want       []string
		cut        bool
	}{
		{"NaN, as Python writes it", `[{"event": "x", "properties": {"token": "t", "price": NaN}}, ` + b + `]`, []string{"!", "b"}, false},
		{"NaN at the end", `[` + a + `,{"event":"x","properties":{"token":"t","x":NaN}}]`, []string{"a", "!"}, false},
		{"Infinity", `[` + a + `,{"event":"x","properties":{"x":Infinity}},` + c + `]`, []string{"a", "!", "c"}, false},
		{"-Infinity in a list", `[` + a + `,{"event":"x","properties":{"x":[1,-Infinity,{"y":2}]}},` + c + `]`, []string{"a", "!", "c"}, false},
		{"undefined", `[{"event":"x","properties":{"x":undefined}},` + b + `]`, []string{"!", "b"}, false},
		{"a value that is missing", `[{"event":"x","properties":{"x":}},` + b + `]`, []string{"!", "b"}, false},
		{"records that are one bad word", `[NaN,` + b + `,undefined,` + a + `,None]`, []string{"!", "b", "!", "a", "!"}, false},
		{"Python's own writing", `[{'event': 'x', 'properties': {'token': 't', 'ok': True}}, ` + b + `]`, []string{"!", "b"}, false},
		{"a quote in Python's own writing", `[{'event': 'say "x', 'properties': {}}, ` + b + `]`, []string{"!", "b"}, false},
		{"a comma behind the last", `[` + a + `,` + b + `,]`, []string{"a", "b"}, false},
		{"a comma behind the last, and a line end", "[\n" + a + ",\n" + b + ",\n]\n", []string{"a", "b"}, false},
		{"a comma in a record too many", `[{"event":"x","properties":{"x":1,},},` + b + `]`, []string{"!", "b"}, false},
		{"nothing between two commas", `[` + a + `,,` + b + `]`, []string{"a", "!", "b"}, false},
		{"a comma at the start", `[,` + a + `]`, []string{"!", "a"}, false},
		{"a comma missing", `[` + a + ` ` + b + `]`, []string{"a", "b"}, false},
		{"a comment", `[` + a + `, /* not now */ ` + b + `]`, []string{"a", "!"}, false},
		{"a number with a leading zero", `[{"event":"x","properties":{"x":007}},` + b + `]`, []string{"!", "b"}, false},
		{"a name without quotes", `[{event:"x",properties:{}},` + b + `]`, []string{"!", "b"}, false},
		{"a line end in a text", "[{\"event\":\"x\ny\"}," + b + "]", []string{"!", "b"}, false},
		{"an escape that is none", `[{"event":"\x41"},` + b + `]`, []string{"!", "b"}, false},
		{"a quote too many", `[{"event":"x"y","properties":{}},` + b + `,` + c + `]`, []string{"!", "b", "c"}, false},
		{"quotes too many in two", `[{"event":"x"y"},` + b + `,{"event":"x"y"},` + c + `]`, []string{"!", "b", "!", "c"}, false},
		{"quotes within a text", `[` + a + `,{"event":"it's "good" so","properties":{}},` + c + `]`, []string{"a", "!", "c"}, false},
		{"a quote missing", `[{"event":"x,"properties":{"token":"t"}},` + b + `]`, []string{"!", "b"}, false},
		{"a quote missing at the end", `[{"event":"x","properties":{"x":"y}},` + b + `,` + c + `]`, []string{"!", "b", "c"}, false},
		{"a quote too many in the last", `[` + a + `,{"event":"x"y"}]`, []string{"a", "!"}, false},
		{"a brace missing", `[{"event":"x","properties":{"x":1},` + b + `,` + c + `]`, []string{"!", "b", "c"}, false},
		{"a brace missing, a line a record", "[\n  {\"event\":\"x\",\"properties\":{\"x\":1},\n  " + b + ",\n  " + c + "\n]", []string{"!", "b", "c"}, false},
		{"a brace missing in the last", `[` + a + `,{"event":"x","properties":{"x":1}]`, []string{"a", "!"}, false},
		{"a brace too many", `[{"event":"x","properties":{}}},` + b + `]`, []string{"!", "b"}, false},
		{"a bracket too many", `[{"event":"x","properties":{"x":[1]]}},` + b + `]`, []string{"!", "b"}, false},
		{"a bracket missing", `[{"event":"x","properties":{"x":[1}},` + b + `]`, []string{"!", "b"}, false},
		{"events in a property of a bad one", `[{"event":"x","properties":{"x":NaN,"of":[{"event":"y"},{"event":"z"}]}},` + b + `]`, []string{"!", "b"}, false},
		{"one nests too deep", `[` + a + `,{"event":"x","properties":{"x":` + strings.Repeat("[", 1100) + strings.Repeat("]", 1100) + `}},` + c + `]`, []string{"a", "!", "c"}, false},
		{"profile updates", `[{"$token":"t","$distinct_id":"d","$set":{"x":"a"b"}},{"$token":"t","$distinct_id":"d"},` + c + `]`, []string{"!", "!", "c"}, false},

		{"cut in the last", `[` + a + `,` + b + `,` + c[:len(c)/2], []string{"a", "b", "!"}, true},
		{"cut in a text", `[` + a + `,{"event":"x`, []string{"a", "!"}, true},
		{"cut behind a backslash", `[` + a + `,{"event":"x\`, []string{"a", "!"}, true},
		{"cut behind a bracket", `[` + a + `,{"event":"x","properties":{"x":[1,2]`, []string{"a", "!"}, true},
		{"cut behind a record", `[` + a + `,` + b, []string{"a", "b"}, true},
		{"cut behind a comma", `[` + a + `,` + b + `,`, []string{"a", "b"}, true},
		{"cut, with a bad one before", `[` + a + `,{"event":"x"y"},` + c + `,{"event"`, []string{"a", "!", "c", "!"}, true},

		{"one a line, NaN in one", a + "\n" + `{"event":"x","properties":{"x":NaN}}` + "\n" + c, []string{"a", "!", "c"}, false},
		{"one a line, with commas", a + ",\n" + b + ",\n", []string{"a", "b"}, false},
		{"one a line, a comma on its own", a + "\n,\n" + b, []string{"a", "b"}, false},
		{"one a line, the last cut", a + "\n" + b[:20], []string{"a", "!"}, false},
	} {
		for form, body := range map[string]string{
			"plain": test.body, "form": "data=" + url.QueryEscape(test.body), "base64": "data=" + url.QueryEscape(base64Of(test.body)), "gzip": gzipped(t, test.body),
		} {
			t.Run(test.name+", "+form, func(t *testing.T) {
				records, err := Records(body, nil)
				if test.cut {
					require.ErrorIs(t, err, ErrTruncated)
				} else {
					require.NoError(t, err)
				}
				assert.Equal(t, test.want, outcomes(records))
			})
		}
	}
}

// outcomes returns what becomes of each record: the name of an accepted event, or ! for a refused record.
func outcomes(records []string) []string {
	events, faults := Events(records, testRequest(""))
	list := make([]string, len(records))
	for _, f := range faults {
		list[f.Index] = "!"
	}
	for i := range list {
		if list[i] == "" {
			list[i] = events[0].Name
			events = events[1:]
		}
	}
	return list
}

// Without one valid record, nothing says that these are records at all. The request is refused as a whole, so that a client whose bodies a
// proxy garbles keeps its data.
func TestNoValidRecord(t *testing.T) {
	for name, body := range map[string]string{
		"one, with NaN":       `[{"event":"x","properties":{"x":NaN}}]`,
		"two, with NaN":       `[{"event":"x","properties":{"x":NaN}},{"event":"y","properties":{"x":NaN}}]`,
		"quotes as entities":  strings.ReplaceAll(array, `"`, "&quot;"),
		"quotes gone":         strings.ReplaceAll(array, `"`, ""),
		"half a record":       "[" + firstRecord[:len(firstRecord)/2],
		"a bracket":           "[",
		"commas":              "[,,,]",
		"numbers":             "[1,2,",
		"something behind":    array + "x",
		"a second array":      array + "\n" + array,
		"something behind it": "[" + firstRecord + ",]x",
	} {
		t.Run(name, func(t *testing.T) {
			records, err := Records(body, nil)
			require.ErrorIs(t, err, ErrNotJSON)
			assert.Empty(t, records)
		})
	}
	many := "[" + strings.Repeat("{},", MaxRecords) + "NaN]"
	_, err := Records(many, nil)
	require.ErrorIs(t, err, ErrTooManyRecords)
}

// When any byte of a body is lost, added or changed, the records that it does not touch are accepted.
func TestDamageCostsOneRecord(t *testing.T) {
	var sent []string
	for i := range 7 {
		sent = append(sent, validRecord(fmt.Sprint("e", i)))
	}
	body := "[" + strings.Join(sent, ",") + "]"
	record := len(sent[0]) + 1
	for at := 1; at < len(body)-1; at++ {
		for kind, damaged := range map[string]string{
			"lost": body[:at] + body[at+1:], "a quote": body[:at] + `"` + body[at:], "a brace": body[:at] + "{" + body[at:],
			"a bracket": body[:at] + "]" + body[at:], "a backslash": body[:at] + `\` + body[at:], "x": body[:at] + "x" + body[at+1:],
		} {
			records, err := Records(damaged, nil)
			if errors.Is(err, ErrNotJSON) {
				require.Equal(t, "a bracket", kind, "it ends the array")
				continue
			}
			if !errors.Is(err, ErrTruncated) { // An unterminated string that reaches the end of the body looks like a truncated body.
				require.NoError(t, err, "%s at %d", kind, at)
			}
			hit := min((at-1)/record, len(sent)-1)
			for i, s := range sent {
				if i < hit || i > hit+1 {
					require.True(t, slices.Contains(records, s), "%s at %d costs %d: %q", kind, at, i, records)
				}
			}
		}
	}
}

// No body makes the scanner look at the same bytes again and again.
func TestLenientItemsTakesLinearTime(t *testing.T) {
	const size = 4 << 20
	fill := func(start, text string) string { return start + strings.Repeat(text, (size-len(start))/len(text)) }
	for name, body := range map[string]string{
		"what looks like records, nested":    fill("["+firstRecord+",", `{"event":[{},`),
		"the same, in texts":                 fill("["+firstRecord+",", `{"event":"`),
		"braces":                             fill("["+firstRecord+",x\"", "{"),
		"braces and blanks":                  fill("["+firstRecord+",x\"", "{   "),
		"quotes":                             fill("["+firstRecord+",", `"`),
		"backslashes":                        fill("["+firstRecord+`,"`, `\`),
		"commas":                             fill("["+firstRecord+",", ","),
		"blanks":                             fill("["+firstRecord+",", " "),
		"brackets":                           fill("["+firstRecord+",", "["),
		"records without an end, then quiet": "[" + firstRecord + "," + strings.Repeat(`{"event":"x"y,`, 1990) + strings.Repeat("1,", size/2),
		"nested, then quiet":                 "[" + firstRecord + "," + strings.Repeat(`{"event":[{},`, 900) + strings.Repeat("1,", size/2),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, _ = Records(body, nil)
			assert.Less(t, time.Since(began), 5*time.Second, "a bound that a busy machine keeps, and a quadratic reader does not")
		})
	}
}

// FuzzLenientItems damages any body: every record that is returned was part of it, and there are no more than allowed.
func FuzzLenientItems(f *testing.F) {
	f.Add(firstRecord+","+secondRecord+"]", uint64(1))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		body := []byte("[" + text)
		for range 1 + r.IntN(4) {
			body[r.IntN(len(body))] = `"{}[],:\ x1`[r.IntN(11)]
		}
		records, err := Records(string(body), nil)
		if err != nil && !errors.Is(err, ErrTruncated) {
			require.Empty(t, records)
			return
		}
		require.LessOrEqual(t, len(records), MaxRecords)
		for _, record := range records {
			require.Contains(t, string(body), record)
		}
	})
}
