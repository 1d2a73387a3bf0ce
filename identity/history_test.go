package identity_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

type historyEntry struct {
	Time     int64  `json:"time"`
	What     string `json:"what"`
	ID       string `json:"id"`
	ThisPage bool   `json:"this_page"`
}

func (b *browser) history() (entries []historyEntry, short string) {
	require.NoError(b.t, json.Unmarshal([]byte(b.History()), &entries))
	var texts []string
	for _, e := range entries {
		texts = append(texts, e.What+" "+e.ID)
	}
	return entries, strings.Join(texts, ", ")
}

func newBrowserWithHistory(t *testing.T) *browser {
	b := newBrowser(t)
	record := b.Record()
	record.NoteBeginning(false, b.now, b.config.PageID)
	b.ReplaceRecord(record)
	return b
}

func TestHistory(t *testing.T) {
	const d1, d2 = identity.DevicePrefix + device, identity.DevicePrefix + otherDevice
	for name, c := range map[string]struct {
		calls func(b *browser)
		want  string
	}{
		"a new visitor": {func(*browser) {}, "minted " + d1},
		"sign-up": {func(b *browser) {
			id := b.alias("U").Messages[0].InsertID
			b.identify("U")
			b.AcknowledgeAlias(id, b.now)
		}, "minted " + d1 + ", alias U, identify U, alias_acknowledged U"},
		"a taken alias": {func(b *browser) {
			b.alias("U")
			b.HandleTakenAlias(b.nextCall(), "U", d1)
		}, "minted " + d1 + ", alias U, alias_taken U"},
		"login, twice":           {func(b *browser) { b.identify("U"); b.identify("U") }, "minted " + d1 + ", identify U"},
		"a switch":               {func(b *browser) { b.identify("U"); b.identify("V w") }, "minted " + d1 + ", identify U, identify V w"},
		"a refused id":           {func(b *browser) { b.identify("null") }, "minted " + d1},
		"an alias of another id": {func(b *browser) { b.Alias(b.nextCall(), `"U"`, `"V"`) }, "minted " + d1},
		"reset":                  {func(b *browser) { b.identify("U"); b.reset() }, "reset " + d2},
		"emptied storage": {func(b *browser) {
			b.identify("U")
			b.StorageEmptied(b.nextCall(), otherDevice)
		}, "storage_emptied " + d2},
		"another subdomain": {func(b *browser) {
			record := b.Record()
			record.DistinctID, record.UserID = "U", "W"
			b.ReplaceRecord(record)
		}, "minted " + d1 + ", elsewhere U"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowserWithHistory(t)
			c.calls(b)
			entries, got := b.history()
			assert.Equal(t, c.want, got)
			stored, problems := identity.ParseRecord(string(b.Record().AppendJSON(nil)))
			assert.Empty(t, problems)
			assert.Equal(t, b.Record().History, stored.History)
			assert.True(t, entries[0].ThisPage)
			b.load("page-2")
			entries, got = b.history()
			assert.Equal(t, c.want, got)
			assert.False(t, entries[0].ThisPage)
		})
	}
}

func TestHistoryIsBoundedAndStaysOnItsSubdomain(t *testing.T) {
	b := newBrowserWithHistory(t)
	for n := range 50 {
		b.identify(fmt.Sprint("user-", n))
	}
	entries, _ := b.history()
	assert.Len(t, entries, 20)
	assert.Equal(t, "user-49", entries[19].ID)
	assert.NotContains(t, b.SharedJSON(4000), "history")
}

func TestHistoryOfTwoTabs(t *testing.T) {
	b := newBrowserWithHistory(t)
	base := b.Record()
	mine, theirs := base, base
	b.identify("U")
	mine = b.Record()
	merged := identity.MergeRecords(base, mine, theirs)
	assert.Equal(t, mine.History, merged.History)
	assert.Equal(t, merged, identity.MergeRecords(base, theirs, mine))
}

func TestHistoryThatSomethingElseHasWritten(t *testing.T) {
	for _, text := range []string{"", "x", "\n\n", "1", "1 2", "1 2 3", " ", "9e99 a b c", "1 p minted a\nnonsense"} {
		b := newBrowser(t)
		record := b.Record()
		record.History = text
		b.ReplaceRecord(record)
		b.identify("U")
		_, got := b.history()
		assert.True(t, strings.HasSuffix(got, "identify U"), "%q: %s", text, got)
	}
}

func TestBeganMS(t *testing.T) {
	for history, want := range map[string]int64{
		"":                                   5000,
		"1000 p minted $device:1":            1000,
		"1000 p minted 1\n2000 p identify U": 1000,
		"9000 p minted $device:1":            5000,
		"-1 p minted $device:1":              5000,
		"soon p minted $device:1":            5000,
	} {
		assert.Equal(t, want, (&identity.Record{History: history}).BeganMS(5000), history)
	}
}
