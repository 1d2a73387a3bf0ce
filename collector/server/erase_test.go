package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// export returns the lines of an export.
func (h *testCollector) export(id string) (lines []map[string]any) {
	h.t.Helper()
	a := h.do(http.MethodGet, "/api/person/export?token=t&distinct_id="+id, "")
	require.Equal(h.t, http.StatusOK, a.StatusCode, a.body)
	require.Equal(h.t, "application/x-ndjson", a.Header.Get("Content-Type"))
	for line := range strings.Lines(a.body) {
		var value map[string]any
		require.NoError(h.t, json.Unmarshal([]byte(line), &value), line)
		lines = append(lines, value)
	}
	require.Equal(h.t, map[string]any{"complete": true}, lines[len(lines)-1])
	return lines
}

// A person can be exported, and then deleted; the deletion is on record, and is nobody's business without the key.
func TestExportAndDeletePerson(t *testing.T) {
	const key = "the read key"
	h := startCollector(t, options{key: key})
	for i := range 5 {
		h.send(eventJSON("E", "$device:1", fmt.Sprint("d", i), i), eventJSON("E", "jane", fmt.Sprint("j", i), i), eventJSON("E", "bob", fmt.Sprint("b", i), i))
	}
	h.send(aliasJSON("jane", "$device:1", "a", 10))
	h.do(http.MethodPost, "/engage", `[{"$token":"t","$distinct_id":"jane","$set":{"name":"Jane"}}]`)
	bearer := []string{"Authorization", "Bearer " + key}

	address := "/api/person?token=t&distinct_id=jane"
	for _, a := range []answer{
		h.do(http.MethodDelete, address, ""), h.do(http.MethodDelete, address, "", "Authorization", "Bearer wrong"),
		h.do(http.MethodGet, "/api/person/export?token=t&distinct_id=jane", ""), h.do(http.MethodGet, "/api/erasures?token=t", ""),
	} {
		assert.Equal(t, http.StatusUnauthorized, a.StatusCode)
	}
	a := h.do(http.MethodGet, "/api/person/export?token=t&distinct_id=jane", "", bearer...)
	lines := strings.Split(strings.TrimSpace(a.body), "\n")
	require.Len(t, lines, 3, a.body)
	assert.Contains(t, lines[0], `"name":"Jane"`)
	assert.Contains(t, lines[0], `"person":"$device:1"`)
	assert.Equal(t, 11, strings.Count(lines[1], `"insert_id"`))
	assert.NotContains(t, a.body, "bob")

	a = h.do(http.MethodDelete, address, "", bearer...)
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.body)
	type erasure struct{ ID, Asked, Done, IDs, Updates, Events int64 }
	var asked struct{ Erasure erasure }
	require.NoError(t, json.Unmarshal([]byte(a.body), &asked))
	assert.Equal(t, int64(2), asked.Erasure.IDs)
	var record struct{ Erasures []erasure }
	require.Eventually(t, func() bool {
		h.get("/api/erasures?token=t", &record, bearer...)
		return len(record.Erasures) == 1 && record.Erasures[0].Done > 0
	}, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, int64(11), record.Erasures[0].Events)
	a = h.do(http.MethodGet, "/api/events?token=t", "", bearer...)
	assert.NotContains(t, a.body, "jane")
	assert.NotContains(t, a.body, "$device:1")
	assert.Equal(t, 5, strings.Count(a.body, `"distinct_id":"bob","person":"bob"`))
	a = h.do(http.MethodGet, "/api/person?token=t&distinct_id=$device:1", "", bearer...)
	assert.JSONEq(t, `{"person":"$device:1","ids":[{"distinct_id":"$device:1","joined":"original"}],"conflicts":[],"events":0,"profile":{}}`, a.body)
	assert.NotContains(t, h.log.String(), "jane", "the log does not say who it was")
	assert.Contains(t, h.log.String(), "a person was deleted")

	// Somebody else can have the alias now, and nothing of the old person comes back.
	h.send(`{"event":"$create_alias","properties":{"token":"t","distinct_id":"$device:2","alias":"jane","$insert_id":"a2"}}`)
	a = h.do(http.MethodGet, address, "", bearer...)
	assert.Contains(t, a.body, `"person":"$device:2"`)
}

// An export is in steps of many events, and complete.
func TestExportOfMany(t *testing.T) {
	h := startCollector(t, options{})
	for from := 0; from < 24_000; from += 2000 {
		var batch []string
		for i := from; i < from+2000; i++ {
			batch = append(batch, eventJSON("E", []string{"jane", "bob"}[i%2], fmt.Sprint(i), i))
		}
		h.send(batch...)
	}
	events := 0
	for _, line := range h.export("jane") {
		if page, ok := line["events"].([]any); ok {
			for _, e := range page {
				require.Equal(t, "jane", e.(map[string]any)["distinct_id"])
				events++
			}
		}
	}
	assert.Equal(t, 12_000, events)
}

// A person with many ids is answered in pages, each quickly.
func TestPagesOfPerson(t *testing.T) {
	h := startCollector(t, options{})
	const ids = 2300
	for from := 0; from < ids; from += 1150 {
		var batch []string
		for i := from; i < from+1150; i++ {
			batch = append(batch, aliasJSON(fmt.Sprint("alias-", i), "$device:1", fmt.Sprint(i), i))
		}
		h.send(batch...)
	}
	seen := map[string]bool{}
	for after, pages := "", 1; ; pages++ {
		var page struct {
			Person string
			IDs    []struct {
				DistinctID string `json:"distinct_id"`
			}
			Next string
		}
		h.get("/api/person?token=t&distinct_id=alias-7&limit=1000&after="+after, &page)
		assert.Equal(t, "$device:1", page.Person)
		for _, m := range page.IDs {
			assert.False(t, seen[m.DistinctID])
			seen[m.DistinctID] = true
		}
		if after = page.Next; after == "" {
			assert.Equal(t, 3, pages)
			break
		}
	}
	assert.Len(t, seen, ids+1)
	assert.Equal(t, http.StatusBadRequest, h.do(http.MethodGet, "/api/person?token=t&distinct_id=alias-7&after=nobody", "").StatusCode)
	assert.Equal(t, http.StatusBadRequest, h.do(http.MethodGet, "/api/person?token=t&distinct_id=alias-7&limit=1001", "").StatusCode)
}
