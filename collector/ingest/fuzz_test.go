package ingest

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// FuzzDecode parses any body. Each of its records is either a valid event or a fault that is described in one line, and an event that is
// encoded again, in each form that clients use, is parsed to the same event.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		"", firstRecord, array, firstRecord + "\n" + secondRecord, firstRecord + "\r\n{\"event\":\n" + secondRecord, "{\n" + firstRecord[1:], "\ufeff" + array, `[1,null,"x"]`,
		"data=" + url.QueryEscape(array), "verbose=1&data=" + url.QueryEscape(base64Of(array)), "data=" + base64Of(gzipped(f, firstRecord)), gzipped(f, array), gzipped(f, firstRecord)[:30],
		`{"event":"$create_alias","properties":{"token":"t","distinct_id":"$device:1","alias":"jane","$insert_id":"i","time":1700000000}}`,
		`{"event":"$create_alias","properties":{"token":"t","distinct_id":"d","alias":"undefined"}}`,
		`{"\u0065vent":"\ud83d","properties":{"token":1e3,"distinct_id":-0.5,"time":"2023-11-14 22:13:20","$insert_id":"\u0000"}}`,
		`{"event":"x","event":"y","properties":{},"properties":{"token":"t","token":null}}`,
		"{\"event\":\"\xff\",\"properties\":{\"token\":\"\xc3(\",\"time\":8.64e15}}", `{"event":"x","properties":null}`,
	} {
		f.Add(body, "")
		f.Add(body, "of the request")
	}
	f.Fuzz(func(t *testing.T, body, token string) {
		if len(token) > MaxID || !utf8.ValidString(token) {
			t.Skip("checked where it comes in")
		}
		records, err := Records(body, nil)
		if err != nil && !errors.Is(err, ErrTruncated) {
			require.Empty(t, records)
			requireLine(t, err.Error())
			return
		}
		require.LessOrEqual(t, len(records), MaxRecords)
		events, faults := Events(records, testRequest(token))
		require.Len(t, records, len(events)+len(faults))
		for _, fault := range faults {
			require.Less(t, fault.Index, len(records))
			requireLine(t, fault.String())
		}
		if len(events) == 0 || strings.Count(body, "[")+strings.Count(body, "{") > jsontext.MaxDepth/2 {
			return // There are no events, or one that nests too deep inside an array.
		}
		written := make([]string, len(events))
		for i := range events {
			requireRules(t, events[i])
			nobody := events[i].DistinctID == anonymousID(events[i])
			events[i].Properties = strings.ReplaceAll(events[i].Properties, "\n", " ") // one event per line
			if nobody {
				events[i].DistinctID = anonymousID(events[i])
			}
			written[i] = `{"event":` + jsontext.Quote(events[i].Name) + `,"properties":` + events[i].Properties + `}`
		}
		list := "[" + strings.Join(written, ",") + "]"
		for form, body := range map[string]string{
			"array":          list,
			"one a line":     strings.Join(written, "\n"),
			"form":           "data=" + url.QueryEscape(list),
			"form of base64": "ip=1&data=" + url.QueryEscape(base64Of(list)),
			"gzip":           gzipped(t, list),
		} {
			again, err := Records(body, nil)
			require.NoError(t, err, form)
			same, faults := Events(again, testRequest(token))
			require.Empty(t, faults, form)
			for i := range same {
				if same[i].InsertID != events[i].InsertID { // An event without an insert id gets another one each time.
					require.NoError(t, uuid.Validate(same[i].InsertID), form)
					require.NoError(t, uuid.Validate(events[i].InsertID), form)
					same[i].DistinctID = strings.Replace(same[i].DistinctID, same[i].InsertID, events[i].InsertID, 1)
					same[i].InsertID = events[i].InsertID
				}
			}
			require.Equal(t, events, same, form)
		}
	})
}

// FuzzMemory parses any body within any memory. What the records take is reserved as long as they are held, the memory is never exceeded, it
// comes back whole, and whether there is enough changes nothing of the result.
func FuzzMemory(f *testing.F) {
	for _, body := range []string{
		firstRecord, array, gzipped(f, array), "data=" + url.QueryEscape(base64Of(gzipped(f, array))), gzipped(f, "data="+base64Of(gzipped(f, gzipped(f, array)))),
		gzipped(f, "["+strings.Repeat(firstRecord+",", 100)+"{}]"), gzipped(f, strings.Repeat(" ", 1<<20)), "data=" + strings.Repeat("%5b", 1000), "data=" + strings.Repeat("AAAA\n", 5000),
	} {
		f.Add(body, 1<<20)
		f.Add(body, 60<<10)
	}
	f.Fuzz(func(t *testing.T, body string, size int) {
		if size < len(body) || size > 1<<26 {
			t.Skip("the body itself does not fit")
		}
		budget := memory.NewBudget(int64(size))
		reserved := budget.NewReservation()
		if reserved.Reserve(len(body)) != nil {
			t.Skip("the body itself does not fit")
		}
		records, err := Records(body, reserved)
		free := budget.Free()
		require.GreaterOrEqual(t, free, int64(0))
		unlimited, unlimitedErr := Records(body, nil)
		if !errors.Is(err, memory.ErrNeverFits) && !errors.Is(err, memory.ErrBusy) {
			require.Equal(t, unlimited, records)
			require.Equal(t, unlimitedErr, err)
			held := 0
			for _, record := range records {
				held += len(record)
			}
			require.GreaterOrEqual(t, int64(size)-free, int64(held))
		}
		reserved.ReleaseAll()
		require.Equal(t, int64(size), budget.Free())
	})
}

func requireLine(t *testing.T, message string) {
	t.Helper()
	require.NotEmpty(t, message)
	require.NotContains(t, message, "\n")
	require.True(t, utf8.ValidString(message))
}

func requireRules(t *testing.T, e event.Event) {
	t.Helper()
	for _, text := range []string{e.Name, e.Token, e.DistinctID, e.InsertID} {
		require.NotEmpty(t, text)
		require.LessOrEqual(t, len(text), MaxID+len("$anonymous:"))
		require.True(t, utf8.ValidString(text))
	}
	require.LessOrEqual(t, len(e.Name), MaxName)
	require.NoError(t, jsontext.Object(e.Properties, func(string, string) bool { return true }))
	require.True(t, utf8.ValidString(e.Properties))
	if e.Name == "$create_alias" {
		require.True(t, identity.IsValidID(e.Alias))
		require.True(t, identity.IsValidID(e.DistinctID))
		require.NotEqual(t, e.DistinctID, e.Alias)
		require.False(t, strings.HasPrefix(e.Alias, identity.DevicePrefix))
	} else {
		require.Empty(t, e.Alias)
	}
	require.LessOrEqual(t, max(e.SentMS, -e.SentMS), int64(maxDateMS))
}
