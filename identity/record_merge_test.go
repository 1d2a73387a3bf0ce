package identity_test

import (
	"math/rand"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// twoTabs returns two visitors that began with the same record.
func twoTabs(t *testing.T, record *identity.Record) (mine, theirs *browser) {
	mine, theirs = newBrowser(t), newBrowser(t)
	mine.ReplaceRecord(record)
	theirs.ReplaceRecord(record)
	theirs.now += 100
	mine.calls, theirs.calls = 1000, 2000 // Insert ids must differ.
	return mine, theirs
}

func mergeBothWays(t *testing.T, base *identity.Record, mine, theirs *browser) *identity.Record {
	t.Helper()
	records := []*identity.Record{base, mine.Record(), theirs.Record()}
	before := texts(records)
	merged := identity.MergeRecords(records[0], records[1], records[2])
	other := identity.MergeRecords(records[0], records[2], records[1])
	require.Equal(t, string(merged.AppendJSON(nil)), string(other.AppendJSON(nil)), "both tabs must come to the same")
	require.Equal(t, before, texts(records), "merging changes none of the records")
	return merged
}

func texts(records []*identity.Record) (all []string) {
	for _, r := range records {
		all = append(all, string(r.AppendJSON(nil)))
	}
	return all
}

func TestPropertiesOfTwoTabsBothSurvive(t *testing.T) {
	base := identity.NewRecord(device)
	base.Super = properties(t, `{"old":1,"gone":1,"kept":1}`)
	mine, theirs := twoTabs(t, base)
	mine.Register(mine.nextCall(), `{"mine":1,"old":2}`)
	mine.TimeEvent(mine.nextCall(), `"A"`)
	theirs.Register(theirs.nextCall(), `{"theirs":1}`)
	theirs.Unregister(theirs.nextCall(), `"gone"`)
	theirs.TimeEvent(theirs.nextCall(), `"B"`)
	merged := mergeBothWays(t, base, mine, theirs)
	for name, want := range map[string]string{"old": "2", "kept": "1", "mine": "1", "theirs": "1"} {
		raw, _ := merged.Super.Get(name)
		assert.Equal(t, want, raw, name)
	}
	assert.Equal(t, 4, merged.Super.Len())
	assert.Equal(t, 2, merged.Timers.Len())
}

func TestLaterIdentityWinsAndKeepsBothProperties(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := twoTabs(t, base)
	mine.alias("U")
	mine.Register(mine.nextCall(), `{"mine":1}`)
	theirs.Register(theirs.nextCall(), `{"theirs":1}`)
	theirs.now += 60_000
	theirs.identify("Omar")
	merged := mergeBothWays(t, base, mine, theirs)
	assert.Equal(t, "Omar", merged.DistinctID)
	assert.Empty(t, merged.Alias)
	assert.Equal(t, 2, merged.Super.Len())
}

func TestResetWinsOverWhatAnotherTabDidWithTheOldVisitor(t *testing.T) {
	base := identity.NewRecord(device)
	base.Super = properties(t, `{"old":1}`)
	mine, theirs := twoTabs(t, base)
	mine.reset()
	mine.Register(mine.nextCall(), `{"new":1}`)
	theirs.now += 60_000
	theirs.identify("U")
	theirs.Register(theirs.nextCall(), `{"secret":1}`)
	merged := mergeBothWays(t, base, mine, theirs)
	assert.Equal(t, mine.Record(), merged)
}

func TestTwoFreshTabsAgreeOnOneDevice(t *testing.T) {
	mine, theirs := twoTabs(t, identity.NewRecord(device))
	theirs.ReplaceRecord(identity.NewRecord(otherDevice))
	mine.Register(mine.nextCall(), `{"mine":1}`)
	theirs.Register(theirs.nextCall(), `{"theirs":1}`)
	merged := mergeBothWays(t, &identity.Record{}, mine, theirs)
	assert.Equal(t, anonymous, merged.DistinctID)
	assert.Equal(t, 2, merged.Super.Len())
}

func TestIdentityOfOneFreshTabIsNotLostToTheOther(t *testing.T) {
	mine, theirs := twoTabs(t, identity.NewRecord(device))
	theirs.ReplaceRecord(identity.NewRecord(otherDevice))
	theirs.alias("U")
	assert.Equal(t, otherDevice, mergeBothWays(t, &identity.Record{}, mine, theirs).DeviceID)
}

func TestOptingOutInOneTabHoldsInAll(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := twoTabs(t, base)
	mine.OptOut(mine.nextCall())
	theirs.identify("U")
	merged := mergeBothWays(t, base, mine, theirs)
	assert.True(t, merged.OptedOut)
	assert.Equal(t, "U", merged.DistinctID)
	mine, theirs = twoTabs(t, merged)
	mine.OptIn(mine.nextCall())
	assert.False(t, mergeBothWays(t, merged, mine, theirs).OptedOut)
}

// The later of an opt-out and an opt-in wins, even if its record is read first: localStorage shows the writes of other tabs late.
func TestLaterOptOutOrOptInWins(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := twoTabs(t, base)
	theirs.OptOut(theirs.nextCall())
	mine.now += 5000
	mine.OptOut(mine.nextCall())
	mine.OptIn(mine.nextCall())
	assert.False(t, mergeBothWays(t, base, mine, theirs).OptedOut)
	theirs.now += 60_000
	theirs.OptIn(theirs.nextCall())
	theirs.OptOut(theirs.nextCall())
	assert.True(t, mergeBothWays(t, base, mine, theirs).OptedOut)
}

func TestAliasOfOneTabIsHeldIfAnotherOptedOut(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := twoTabs(t, base)
	mine.alias("U")
	theirs.OptOut(theirs.nextCall())
	merged := mergeBothWays(t, base, mine, theirs)
	for _, tab := range []*browser{mine, theirs} {
		tab.ReplaceRecord(merged)
		assert.Equal(t, []string{aliasU}, describeMessages(t, tab.OptIn(tab.nextCall())))
	}
}

// If one tab logs in while another opts in, the tab that reads the other's record sends the `$identify`.
func TestLoginOfOneTabIsSentWhenAnotherOptsIn(t *testing.T) {
	start := newBrowser(t)
	start.OptOut(start.nextCall())
	base := start.Record()
	mine, theirs := twoTabs(t, base)
	mine.identify("U")
	theirs.OptIn(theirs.nextCall())
	tab := newBrowser(t)
	tab.ReplaceRecord(mergeBothWays(t, base, mine, theirs))
	assert.Equal(t, []string{identifyU}, describeMessages(t, tab.ReleaseHeld(tab.nextCall())))

	// What one tab has sent, the other one does not send again.
	mine.ReplaceRecord(tab.Record())
	assert.Empty(t, mine.ReleaseHeld(mine.nextCall()).Messages)
}

// A tab does not distinguish at once between its own changes and those of another tab. What the other tab has sent is not sent again.
func TestMessageSentByOneTabAtOptInIsNotSentByAnother(t *testing.T) {
	base := identity.NewRecord(device)
	mine := newBrowser(t)
	mine.OptOut(mine.nextCall())
	mine.alias("U")
	mine.identify("U")
	theirs := newBrowser(t)
	theirs.ReplaceRecord(mine.Record())
	theirs.calls, theirs.now = 2000, mine.now
	require.Len(t, theirs.OptIn(theirs.nextCall()).Messages, 2)
	mine.ReplaceRecord(mergeBothWays(t, base, mine, theirs))
	assert.Empty(t, mine.ReleaseHeld(mine.nextCall()).Messages)
}

func TestAcknowledgementOfOneTabHoldsInTheOther(t *testing.T) {
	start := newBrowser(t)
	id := start.alias("U").Messages[0].InsertID
	mine, theirs := twoTabs(t, start.Record())
	mine.AcknowledgeAlias(id, 0)
	assert.Equal(t, identity.AliasAcknowledged, mergeBothWays(t, start.Record(), mine, theirs).AliasState)
}

// Two tabs make random calls, with clocks that differ.
func TestMergeIsSymmetric(t *testing.T) {
	for seed := int64(0); seed < 2000; seed++ {
		r := rand.New(rand.NewSource(seed))
		start := newBrowser(t)
		makeRandomCalls(r, start, r.Intn(4))
		mine, theirs := twoTabs(t, start.Record())
		mine.now += int64(r.Intn(4000)) - 2000
		makeRandomCalls(r, mine, r.Intn(6))
		makeRandomCalls(r, theirs, r.Intn(6))
		base := start.Record()
		merged := mergeBothWays(t, base, mine, theirs)

		require.Equal(t, max(mine.Record().Epoch, theirs.Record().Epoch), merged.Epoch)
		require.True(t, merged.HasDistinctID())
		require.Contains(t, []string{mine.DistinctID(), theirs.DistinctID()}, merged.DistinctID)
		merged.Super.Each(func(name, raw string) bool {
			m, _ := mine.Property(name)
			o, _ := theirs.Property(name)
			require.Contains(t, []string{m, o}, raw, "seed %d", seed)
			return true
		})
		if string(theirs.Record().AppendJSON(nil)) == string(base.AppendJSON(nil)) {
			require.Equal(t, string(mine.Record().AppendJSON(nil)), string(merged.AppendJSON(nil)), "seed %d: only one changed", seed)
		}
		again := identity.MergeRecords(merged, merged, merged)
		require.Equal(t, string(merged.AppendJSON(nil)), string(again.AppendJSON(nil)))
		requireSentOnce(t, seed, merged, mine.Record(), theirs.Record())
	}
}

// requireSentOnce requires that the merged record sends only messages that are true of it, and the `$identify` if neither tab has sent it.
func requireSentOnce(t *testing.T, seed int64, merged, mine, theirs *identity.Record) {
	t.Helper()
	tab := newBrowser(t)
	tab.calls, tab.now = 3000, tab.now+60_000
	tab.ReplaceRecord(merged)
	tab.OptOut(tab.nextCall())
	identified := false
	for _, m := range tab.OptIn(tab.nextCall()).Messages {
		w := decodeMessage(t, m)
		switch {
		case m.Event == "$identify":
			identified = true
			require.Equal(t, merged.UserID, m.DistinctID, "seed %d", seed)
		case m.DistinctID == "X":
			require.Equal(t, "person-x", m.Alias, "seed %d", seed)
		default:
			require.Equal(t, []any{merged.Alias, merged.DistinctID}, []any{w.Properties["alias"], m.DistinctID}, "seed %d", seed)
		}
	}
	untold := merged.UserID != "" && merged.IdentifyInsertID != "" && merged.IdentifyTimeMS == 0
	require.False(t, untold && !identified, "seed %d: %s, %s", seed, mine.AppendJSON(nil), theirs.AppendJSON(nil))
}

// makeRandomCalls makes random calls.
func makeRandomCalls(r *rand.Rand, b *browser, calls int) {
	for ; calls > 0; calls-- {
		name := string(rune('a' + r.Intn(3)))
		switch r.Intn(11) {
		case 10:
			b.ClearConsent(b.nextCall())
		case 9:
			b.Alias(b.nextCall(), `"person-x"`, `"X"`)
		case 0:
			b.alias("person-" + name)
		case 1:
			b.identify("person-" + name)
		case 2:
			b.Reset(b.nextCall(), strconv.Itoa(r.Intn(5)+1))
		case 3:
			b.OptOut(b.nextCall())
		case 4:
			b.OptIn(b.nextCall())
		case 5:
			b.Unregister(b.nextCall(), identity.String(name))
		case 6:
			b.TimeEvent(b.nextCall(), identity.String(name))
		default:
			b.Register(b.nextCall(), identity.Value(`{"`+name+`":`+strconv.Itoa(r.Intn(3))+`}`))
		}
	}
}

// A tab that has sent a held message still merges with a base in which it is held. A later opt-out of another tab has deleted the message and
// holds it again.
func TestMessageDeletedByALaterOptOutIsHeldAgain(t *testing.T) {
	mine := newBrowser(t)
	mine.OptOut(mine.nextCall())
	mine.identify("U")
	base := mine.Record()
	messages := mine.OptIn(mine.nextCall()).Messages
	require.Len(t, messages, 1)
	theirs := newBrowser(t)
	theirs.ReplaceRecord(mine.Record())
	theirs.calls, theirs.now = 2000, mine.now
	theirs.OptOut(theirs.nextCall())
	theirs.HandleDeletedMessage(messages[0].Rest)
	mine.ReplaceRecord(mergeBothWays(t, base, mine, theirs))
	require.True(t, mine.OptedOut())
	assert.Equal(t, []string{identifyU}, describeMessages(t, mine.OptIn(mine.nextCall())))
}

// The acknowledgement of an alias of another distinct_id does not acknowledge the alias of this one.
func TestOnlyTheSameAliasIsAcknowledged(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := twoTabs(t, base)
	theirs.alias("U")
	theirs.AcknowledgeAlias(theirs.Record().AliasInsertID, 0)
	mine.now += 1000
	mine.identify("V")
	mine.alias("U")
	assert.Equal(t, identity.AliasSent, mergeBothWays(t, base, mine, theirs).AliasState)
}

// A record that lacks a super property removes it only if it says so. Otherwise its tab had not seen the property yet.
func TestMergeKeepsWhatATabHasNotSeen(t *testing.T) {
	record := func(super, removed string) *identity.Record {
		r := identity.NewRecord("d")
		r.Super, r.Removed = properties(t, super), properties(t, removed)
		return r
	}
	for name, c := range map[string]struct{ base, mine, theirs, want *identity.Record }{
		"not seen":              {record(`{"a":1}`, `{}`), record(`{"a":1}`, `{}`), record(`{}`, `{}`), record(`{"a":1}`, `{}`)},
		"not seen, and another": {record(`{"a":1}`, `{}`), record(`{"a":1}`, `{}`), record(`{"b":2}`, `{}`), record(`{"a":1,"b":2}`, `{}`)},
		"removed":               {record(`{"a":1}`, `{}`), record(`{"a":1}`, `{}`), record(`{}`, `{"a":9}`), record(`{}`, `{"a":9}`)},
		"removed, and changed":  {record(`{"a":1}`, `{}`), record(`{"a":2}`, `{}`), record(`{}`, `{"a":9}`), record(`{"a":2}`, `{}`)},
		"removed by both":       {record(`{"a":1}`, `{}`), record(`{}`, `{"a":9}`), record(`{}`, `{"a":9}`), record(`{}`, `{"a":9}`)},
		"absent in both":        {record(`{"a":1}`, `{}`), record(`{}`, `{}`), record(`{}`, `{}`), record(`{}`, `{}`)},
		"in another order":      {record(`{}`, `{}`), record(`{"b":2,"a":1}`, `{}`), record(`{"c":3,"a":1}`, `{}`), record(`{"a":1,"b":2,"c":3}`, `{}`)},
	} {
		for range 2 {
			assert.Equal(t, string(c.want.AppendJSON(nil)), string(identity.MergeRecords(c.base, c.mine, c.theirs).AppendJSON(nil)), name)
			c.mine, c.theirs = c.theirs, c.mine
		}
	}
}
