package identity_test

import (
	"math/rand"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

// tabs are two visitors that began with one record.
func tabs(t *testing.T, record identity.Record) (mine, theirs *browser) {
	mine, theirs = newBrowser(t), newBrowser(t)
	mine.ReplaceRecord(record)
	theirs.ReplaceRecord(record)
	theirs.now += 100
	mine.calls, theirs.calls = 1000, 2000 // No insert id comes twice.
	return mine, theirs
}

func merge(t *testing.T, base identity.Record, mine, theirs *browser) identity.Record {
	t.Helper()
	merged := identity.MergeRecords(base, mine.Record(), theirs.Record())
	other := identity.MergeRecords(base, theirs.Record(), mine.Record())
	require.Equal(t, string(merged.AppendJSON(nil)), string(other.AppendJSON(nil)), "both tabs must come to the same")
	return merged
}

func TestPropertiesOfTwoTabsBothSurvive(t *testing.T) {
	base := identity.NewRecord(device)
	base.Super = properties(t, `{"old":1,"gone":1,"kept":1}`)
	mine, theirs := tabs(t, base)
	mine.Register(mine.nextCall(), `{"mine":1,"old":2}`)
	mine.TimeEvent(mine.nextCall(), `"A"`)
	theirs.Register(theirs.nextCall(), `{"theirs":1}`)
	theirs.Unregister(theirs.nextCall(), `"gone"`)
	theirs.TimeEvent(theirs.nextCall(), `"B"`)
	merged := merge(t, base, mine, theirs)
	for name, want := range map[string]string{"old": "2", "kept": "1", "mine": "1", "theirs": "1"} {
		raw, _ := merged.Super.Get(name)
		assert.Equal(t, want, raw, name)
	}
	assert.Equal(t, 4, merged.Super.Len())
	assert.Equal(t, 2, merged.Timers.Len())
}

func TestLaterIdentityWinsAndKeepsBothProperties(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := tabs(t, base)
	mine.alias("U")
	mine.Register(mine.nextCall(), `{"mine":1}`)
	theirs.Register(theirs.nextCall(), `{"theirs":1}`)
	theirs.now += 60_000
	theirs.identify("Omar")
	merged := merge(t, base, mine, theirs)
	assert.Equal(t, "Omar", merged.DistinctID)
	assert.Empty(t, merged.Alias)
	assert.Equal(t, 2, merged.Super.Len())
}

func TestResetWinsOverWhatAnotherTabDidWithTheOldVisitor(t *testing.T) {
	base := identity.NewRecord(device)
	base.Super = properties(t, `{"old":1}`)
	mine, theirs := tabs(t, base)
	mine.reset()
	mine.Register(mine.nextCall(), `{"new":1}`)
	theirs.now += 60_000
	theirs.identify("U")
	theirs.Register(theirs.nextCall(), `{"secret":1}`)
	merged := merge(t, base, mine, theirs)
	assert.Equal(t, mine.Record(), merged)
}

func TestTwoFreshTabsAgreeOnOneDevice(t *testing.T) {
	mine, theirs := tabs(t, identity.NewRecord(device))
	theirs.ReplaceRecord(identity.NewRecord(otherDevice))
	mine.Register(mine.nextCall(), `{"mine":1}`)
	theirs.Register(theirs.nextCall(), `{"theirs":1}`)
	merged := merge(t, identity.Record{}, mine, theirs)
	assert.Equal(t, anonymous, merged.DistinctID)
	assert.Equal(t, 2, merged.Super.Len())
}

func TestIdentityOfOneFreshTabIsNotLostToTheOther(t *testing.T) {
	mine, theirs := tabs(t, identity.NewRecord(device))
	theirs.ReplaceRecord(identity.NewRecord(otherDevice))
	theirs.alias("U")
	assert.Equal(t, otherDevice, merge(t, identity.Record{}, mine, theirs).DeviceID)
}

func TestOptingOutInOneTabHoldsInAll(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := tabs(t, base)
	mine.OptOut(mine.nextCall())
	theirs.identify("U")
	merged := merge(t, base, mine, theirs)
	assert.True(t, merged.OptedOut)
	assert.Equal(t, "U", merged.DistinctID)
	mine, theirs = tabs(t, merged)
	mine.OptIn(mine.nextCall())
	assert.False(t, merge(t, merged, mine, theirs).OptedOut)
}

// The later choice holds, whichever record is found first: localStorage shows another tab's writes late.
func TestLaterChoiceAboutTrackingHolds(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := tabs(t, base)
	theirs.OptOut(theirs.nextCall())
	mine.now += 5000
	mine.OptOut(mine.nextCall())
	mine.OptIn(mine.nextCall())
	assert.False(t, merge(t, base, mine, theirs).OptedOut)
	theirs.now += 60_000
	theirs.OptIn(theirs.nextCall())
	theirs.OptOut(theirs.nextCall())
	assert.True(t, merge(t, base, mine, theirs).OptedOut)
}

func TestAliasOfOneTabIsHeldWhereAnotherOptedOut(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := tabs(t, base)
	mine.alias("U")
	theirs.OptOut(theirs.nextCall())
	merged := merge(t, base, mine, theirs)
	for _, tab := range []*browser{mine, theirs} {
		tab.ReplaceRecord(merged)
		assert.Equal(t, []string{aliasU}, told(t, tab.OptIn(tab.nextCall())))
	}
}

// A login in one tab while another tab opts in is told by whoever finds it.
func TestLoginOfOneTabIsToldWhereAnotherOptedIn(t *testing.T) {
	start := newBrowser(t)
	start.OptOut(start.nextCall())
	base := start.Record()
	mine, theirs := tabs(t, base)
	mine.identify("U")
	theirs.OptIn(theirs.nextCall())
	tab := newBrowser(t)
	tab.ReplaceRecord(merge(t, base, mine, theirs))
	assert.Equal(t, []string{identifyU}, told(t, tab.ReleaseHeld(tab.nextCall())))

	// What one tab has told, the other one does not.
	mine.ReplaceRecord(tab.Record())
	assert.Empty(t, mine.ReleaseHeld(mine.nextCall()).Messages)
}

// For a moment a tab does not know what it changed itself from what another tab did not: what that one told meanwhile is not told again.
func TestWhatOneTabToldAtOptInIsNotToldByAnother(t *testing.T) {
	base := identity.NewRecord(device)
	mine := newBrowser(t)
	mine.OptOut(mine.nextCall())
	mine.alias("U")
	mine.identify("U")
	theirs := newBrowser(t)
	theirs.ReplaceRecord(mine.Record())
	theirs.calls, theirs.now = 2000, mine.now
	require.Len(t, theirs.OptIn(theirs.nextCall()).Messages, 2)
	mine.ReplaceRecord(merge(t, base, mine, theirs))
	assert.Empty(t, mine.ReleaseHeld(mine.nextCall()).Messages)
}

func TestAcknowledgementOfOneTabHoldsInTheOther(t *testing.T) {
	start := newBrowser(t)
	id := start.alias("U").Messages[0].InsertID
	mine, theirs := tabs(t, start.Record())
	mine.AcknowledgeAlias(id)
	assert.Equal(t, identity.AliasAcknowledged, merge(t, start.Record(), mine, theirs).AliasState)
}

// TestMergeIsSymmetric lets two tabs do anything, with clocks that do not agree.
func TestMergeIsSymmetric(t *testing.T) {
	for seed := int64(0); seed < 2000; seed++ {
		r := rand.New(rand.NewSource(seed))
		start := newBrowser(t)
		wander(r, start, r.Intn(4))
		mine, theirs := tabs(t, start.Record())
		mine.now += int64(r.Intn(4000)) - 2000
		wander(r, mine, r.Intn(6))
		wander(r, theirs, r.Intn(6))
		base := start.Record()
		merged := merge(t, base, mine, theirs)

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
		requireTold(t, seed, merged, mine.Record(), theirs.Record())
	}
}

// requireTold: what both tabs come to tells only what is true of it, and it tells a login that neither has told.
func requireTold(t *testing.T, seed int64, merged, mine, theirs identity.Record) {
	t.Helper()
	tab := newBrowser(t)
	tab.calls, tab.now = 3000, tab.now+60_000
	tab.ReplaceRecord(merged)
	tab.OptOut(tab.nextCall())
	identified := false
	for _, m := range tab.OptIn(tab.nextCall()).Messages {
		w := onWire(t, m)
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

// wander makes random calls.
func wander(r *rand.Rand, b *browser, calls int) {
	for ; calls > 0; calls-- {
		name := string(rune('a' + r.Intn(3)))
		switch r.Intn(10) {
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

// A tab that told at opt-in compares with the record from before for a while, where the message was held too: another tab's opt-out has
// deleted and held it again meanwhile.
func TestWhatALaterOptOutDeletedIsHeldThoughItWasTold(t *testing.T) {
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
	mine.ReplaceRecord(merge(t, base, mine, theirs))
	require.True(t, mine.OptedOut())
	assert.Equal(t, []string{identifyU}, told(t, mine.OptIn(mine.nextCall())))
}

// That the alias arrived which another distinct_id of this visitor asked for says nothing of this one's.
func TestOnlyTheSameAliasIsAcknowledged(t *testing.T) {
	base := identity.NewRecord(device)
	mine, theirs := tabs(t, base)
	theirs.alias("U")
	theirs.AcknowledgeAlias(theirs.Record().AliasInsertID)
	mine.now += 1000
	mine.identify("V")
	mine.alias("U")
	assert.Equal(t, identity.AliasSent, merge(t, base, mine, theirs).AliasState)
}
