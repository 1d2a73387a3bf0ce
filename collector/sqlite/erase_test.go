package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/store"
)

func eventOf(token, distinctID, insertID string, sentMS int64) event.Event {
	return event.Event{Token: token, Name: "E", DistinctID: distinctID, SentMS: sentMS, InsertID: insertID, Properties: `{"secret":"` + distinctID + `"}`}
}

func (o *testStore) erase(t *testing.T, token, id string) event.Erasure {
	t.Helper()
	asked, err := o.Erase(t.Context(), token, id)
	require.NoError(t, err)
	require.Zero(t, asked.DoneMS)
	var done event.Erasure
	require.Eventually(t, func() bool {
		list, err := o.Erasures(t.Context(), token, 10)
		require.NoError(t, err)
		done = list[0]
		return done.DoneMS > 0
	}, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, asked.ID, done.ID)
	return done
}

func (o *testStore) distinctIDs(t *testing.T, token string) map[string]int {
	t.Helper()
	events, err := o.After(t.Context(), token, 0, 100_000)
	require.NoError(t, err)
	counts := map[string]int{}
	for _, e := range events {
		counts[e.DistinctID]++
	}
	return counts
}

// Deleting a person deletes everything under all of the person's ids, in this project only, down to the bytes in the files; what a client sends
// again is not stored, and what it sends anew is.
func TestErase(t *testing.T) {
	folder := t.TempDir()
	s := openStore(t, filepath.Join(folder, "events.db"))
	const asked = 1_700_000_000_000
	batch := event.Batch{
		Events: []event.Event{
			eventOf("t", "$device:jane", "1", 1), claimEvent("jane@example.com", "$device:jane", "2", 2, 0).Event, eventOf("t", "jane@example.com", "3", 3),
			claimEvent("$device:jane", "jane-in-the-till", "4", 4, 0).Event, eventOf("t", "jane-in-the-till", "5", 5),
			claimEvent("jane@example.com", "$device:bob", "6", 6, 0).Event, // lost, and names her
			eventOf("t", "$device:bob", "7", 7), eventOf("u", "jane@example.com", "8", 8),
		},
		Updates: []event.Update{
			{Token: "t", Subject: "jane@example.com", Operations: `{"$set":{"name":"jane's secret"}}`},
			{Token: "t", Subject: "$device:bob", Operations: `{"$set":{"name":"Bob"}}`},
			{Token: "t", GroupKey: "company", Subject: "jane@example.com", Operations: `{"$set":{"size":3}}`},
		},
	}
	require.NoError(t, s.Store.Store(t.Context(), batch))
	done := s.erase(t, "t", "jane@example.com")
	assert.Equal(t, 3, done.IDs)
	assert.Equal(t, 1, done.Updates)
	assert.Equal(t, 6, done.Events)
	assert.Equal(t, map[string]int{"$device:bob": 1}, s.distinctIDs(t, "t"))
	assert.Equal(t, map[string]int{"jane@example.com": 1}, s.distinctIDs(t, "u"), "another project's")
	claims := allClaims(t, s.Store)
	assert.Empty(t, claims)
	count, err := s.CountOf(t.Context(), "t", []string{"$device:jane", "jane@example.com", "jane-in-the-till"})
	require.NoError(t, err)
	assert.Zero(t, count)

	require.NoError(t, s.Store.Store(t.Context(), batch), "a client that sends it again is answered that it is stored")
	assert.Equal(t, map[string]int{"$device:bob": 1}, s.distinctIDs(t, "t"), "and it is not stored")
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{eventOf("t", "jane@example.com", "9", asked+1)}}))
	assert.Equal(t, map[string]int{"$device:bob": 1, "jane@example.com": 1}, s.distinctIDs(t, "t"), "she came back")
	require.NoError(t, s.Close())

	s = openStore(t, s.path)
	require.NoError(t, s.Store.Store(t.Context(), batch))
	assert.Equal(t, map[string]int{"$device:bob": 1, "jane@example.com": 1}, s.distinctIDs(t, "t"), "also after a restart")
	require.NoError(t, s.Close())
}

// Nothing of a deleted person is left in the files once the deletion is done.
func TestEraseLeavesNoBytes(t *testing.T) {
	folder := t.TempDir()
	s := openStore(t, filepath.Join(folder, "events.db"))
	for i := range 50 {
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{
			Events:  []event.Event{eventOf("t", "forget-me-now", fmt.Sprint("a", i), 1), eventOf("t", "somebody", fmt.Sprint("b", i), 1)},
			Updates: []event.Update{{Token: "t", Subject: "forget-me-now", Operations: `{"$append":{"notes":"forget-me-now"}}`}},
		}))
	}
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{claimEvent("forget-me-now-too", "forget-me-now", "c", 1, 0).Event}}))
	bytesOf := func() (found int) {
		for _, name := range []string{s.path, s.path + "-wal"} {
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			found += bytes.Count(content, []byte("forget-me"))
		}
		return found
	}
	require.NotZero(t, bytesOf())
	assert.Equal(t, 51, s.erase(t, "t", "forget-me-now-too").Events)
	require.Eventually(t, func() bool { return bytesOf() == 0 }, 10*time.Second, 20*time.Millisecond)
	assert.Equal(t, map[string]int{"somebody": 50}, s.distinctIDs(t, "t"))
	require.NoError(t, s.Close())
}

// A deletion of more events than one step looks at goes on after a restart.
func TestEraseGoesOnAfterRestart(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	for from := 0; from < 30_000; from += 5000 {
		var batch event.Batch
		for i := from; i < from+5000; i++ {
			batch.Events = append(batch.Events, eventOf("t", fmt.Sprint("d", i%3), fmt.Sprint(i), int64(i+1)))
		}
		require.NoError(t, s.Store.Store(t.Context(), batch))
	}
	_, err := s.Erase(t.Context(), "t", "d1")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s = openStore(t, s.path)
	require.Eventually(t, func() bool {
		list, err := s.Erasures(t.Context(), "t", 10)
		require.NoError(t, err)
		return list[0].DoneMS > 0 && list[0].Events == 10_000
	}, 10*time.Second, 5*time.Millisecond)
	assert.Equal(t, map[string]int{"d0": 10_000, "d2": 10_000}, s.distinctIDs(t, "t"))
	require.NoError(t, s.Close())
}

// A person of more ids than one transaction deletes is deleted whole, whether the aliases are a star or a chain.
func TestErasePersonOfManyIDs(t *testing.T) {
	const ids = 2300
	for shape, target := range map[string]func(i int) string{
		"star": func(int) string { return "0" }, "chain": func(i int) string { return fmt.Sprint(i - 1) },
	} {
		t.Run(shape, func(t *testing.T) {
			s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
			batch := event.Batch{Events: []event.Event{claimEvent("other", "else", "o", 1, 0).Event}}
			for i := 1; i < ids; i++ {
				batch.Events = append(batch.Events, claimEvent(fmt.Sprint(i), target(i), fmt.Sprint(i), 1, 0).Event)
			}
			require.NoError(t, s.Store.Store(t.Context(), batch))
			done := s.erase(t, "t", "1234")
			assert.Equal(t, ids, done.IDs)
			assert.Equal(t, ids-1, done.Events)
			claims := allClaims(t, s.Store)
			require.Len(t, claims, 1)
			assert.Equal(t, "other", claims[0].Alias)
			require.NoError(t, s.Close())
		})
	}
}

// An erasure that breaks off between two transactions, because the process is killed or the disk is full, leaves no events behind that nobody
// could find any more.
func TestEraseBreaksOff(t *testing.T) {
	const ids = 1200
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	var batch event.Batch
	for i := 1; i < ids; i++ {
		batch.Events = append(batch.Events, claimEvent(fmt.Sprint(i), "0", fmt.Sprint(i), 1, 0).Event)
	}
	require.NoError(t, s.Store.Store(t.Context(), batch))
	e := &erasing{token: "t"}
	require.NoError(t, s.do(t.Context(), func(c *commit) error { return e.erase(c, []string{"700", "701", "702"}) }))
	require.NoError(t, s.Close()) // Here it was killed.
	s = openStore(t, s.path)
	require.Eventually(t, func() bool {
		list, err := s.Erasures(t.Context(), "t", 10)
		require.NoError(t, err)
		return list[0].DoneMS > 0 && list[0].Events == 3
	}, 5*time.Second, 5*time.Millisecond, "what belonged to the ids that are gone is gone too")
	assert.Equal(t, ids-3, s.erase(t, "t", "0").IDs)
	assert.Empty(t, s.distinctIDs(t, "t"))
	require.NoError(t, s.Close())
}

// Whoever asks for a deletion and goes away does not take along what others send in the same transaction.
func TestEraseGivenUpHarmsNobody(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{claimEvent("jane", "$device:1", "1", 1, 0).Event}}))
	ctx, giveUp := context.WithCancel(t.Context())
	begun, goOn := make(chan struct{}), make(chan struct{})
	results := make(chan error, 4)
	go func() {
		results <- s.do(t.Context(), func(*commit) error { close(begun); <-goOn; return nil })
	}()
	<-begun
	go func() { results <- s.do(t.Context(), func(*commit) error { giveUp(); return nil }) }()
	require.Eventually(t, func() bool { small, _ := s.queue.Waiting(); return small == 1 }, 5*time.Second, time.Millisecond)
	erased := make(chan error, 1)
	go func() {
		_, err := s.Erase(ctx, "t", "jane")
		erased <- err
	}()
	require.Eventually(t, func() bool { small, _ := s.queue.Waiting(); return small == 2 }, 5*time.Second, time.Millisecond)
	go func() { results <- s.Store.Store(t.Context(), singleEvent("honest")) }()
	require.Eventually(t, func() bool { small, _ := s.queue.Waiting(); return small == 3 }, 5*time.Second, time.Millisecond)
	close(goOn)
	for range 3 {
		require.NoError(t, <-results)
	}
	assert.NoError(t, <-erased, "what the writer has begun with is done")
	require.NoError(t, s.Close())
}

// The counts of events follow what is deleted: a stranger's refused claim to a deleted person's id is deleted with it, and not the stranger's
// other events.
func TestEraseCountsOfOthers(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{
		claimEvent("jane", "$device:jane", "1", 1, 0).Event, claimEvent("jane", "bob", "2", 2, 0).Event, eventOf("t", "bob", "3", 3),
	}}))
	s.erase(t, "t", "jane")
	assert.Equal(t, map[string]int{"bob": 1}, s.distinctIDs(t, "t"))
	count, err := s.CountOf(t.Context(), "t", []string{"bob"})
	require.NoError(t, err)
	assert.Equal(t, 1, count)
	require.NoError(t, s.Close())
}

// An event in the very transaction that deletes its person is not counted either.
func TestEraseCountsOfOneTransaction(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	e := &erasing{token: "t"}
	require.NoError(t, s.do(t.Context(), func(c *commit) error {
		sent := eventOf("t", "jane", "1", 1)
		require.NoError(t, c.addEvent(&sent))
		return e.erase(c, []string{"jane"})
	}))
	s.maintenance.wake()
	require.Eventually(t, func() bool { return len(s.distinctIDs(t, "t")) == 0 }, 5*time.Second, 5*time.Millisecond)
	count, err := s.CountOf(t.Context(), "t", []string{"jane"})
	require.NoError(t, err)
	assert.Zero(t, count)
	require.NoError(t, s.Close())
}

// What an id sends while the ids of its person are being deleted is deleted too, and counted right.
func TestEraseCountsOfWhatComesMeanwhile(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{claimEvent("jane", "$device:jane", "1", 1, 0).Event}}))
	e := &erasing{token: "t"}
	require.NoError(t, s.do(t.Context(), func(c *commit) error { return e.erase(c, []string{"jane"}) }))
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{eventOf("t", "jane", "2", 1_700_000_000_001)}}))
	require.NoError(t, s.Close())
	s = openStore(t, s.path)
	require.Eventually(t, func() bool {
		list, err := s.Erasures(t.Context(), "t", 10)
		require.NoError(t, err)
		return list[0].DoneMS > 0
	}, 5*time.Second, 5*time.Millisecond)
	stored := s.distinctIDs(t, "t")["jane"]
	count, err := s.CountOf(t.Context(), "t", []string{"jane"})
	require.NoError(t, err)
	assert.Equal(t, stored, count)
	require.NoError(t, s.Close())
}

// A profile does not come back by an update of before the deletion that a client sends again, if the update says when it was made.
func TestEraseProfile(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	const asked = 1_700_000_000_000
	before := event.Update{Subject: "jane", Operations: `{"$set":{"name":"Jane"}}`, TimeMS: asked - 1}
	group := event.Update{GroupKey: "company", Subject: "jane", Operations: `{"$set":{"size":3}}`, TimeMS: asked - 1}
	s.update(t, before, group)
	assert.Equal(t, 1, s.erase(t, "t", "jane").Updates)
	s.update(t, before, group)
	assert.Equal(t, `{}`, s.profile(t, "", "jane"))
	assert.Equal(t, `{"size":3}`, s.profile(t, "company", "jane"))
	s.update(t, event.Update{Subject: "jane", Operations: `{"$set":{"name":"Ann"}}`, TimeMS: asked + 1}, event.Update{Subject: "jane", Operations: `{"$set":{"n":1}}`})
	assert.JSONEq(t, `{"name":"Ann","n":1}`, s.profile(t, "", "jane"))
	require.NoError(t, s.Close())
}

// countingQuerier counts what is asked.
type countingQuerier struct {
	querier
	asked map[string]int
}

func (q countingQuerier) query(ctx context.Context, yield func(*sqlite3.Stmt) bool, sql string, args ...any) error {
	q.asked[sql]++
	return q.querier.query(ctx, yield, sql, args...)
}

// To find all ids of a person costs one question for each, also where they are a long chain: none is followed up again and again.
func TestAllMembersOfAChain(t *testing.T) {
	const ids = 2500
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	var batch event.Batch
	for i := 1; i < ids; i++ {
		batch.Events = append(batch.Events, claimEvent(fmt.Sprint(i), fmt.Sprint(i-1), fmt.Sprint(i), 1, 0).Event)
	}
	require.NoError(t, s.Store.Store(t.Context(), batch))
	q := countingQuerier{s.readers, map[string]int{}}
	all, err := store.IDsOfPerson(t.Context(), Claims{q}, "t", fmt.Sprint(ids-1))
	require.NoError(t, err)
	assert.Len(t, all, ids)
	assert.Equal(t, map[string]int{claimsAboveSQL: 1, aliasesOfSQL: ids}, q.asked)
	require.NoError(t, s.Close())
}

// However many strangers have claimed a person's id, no transaction of the deletion is long.
func TestEraseContestedID(t *testing.T) {
	const strangers = 2*lostAtOnce + 1000
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	batch := event.Batch{Events: []event.Event{claimEvent("jane", "$device:1", "0", 1, 0).Event}}
	for i := range strangers {
		batch.Events = append(batch.Events, claimEvent("jane", fmt.Sprint("s", i), fmt.Sprint(i), 1, 0).Event)
	}
	require.NoError(t, s.Store.Store(t.Context(), batch))
	s.maintenance.stop() // Its commits are not counted.
	before := len(s.changes)
	_, err := s.Erase(t.Context(), "t", "jane")
	require.NoError(t, err)
	transactions := len(s.changes) - before
	assert.Equal(t, 3, transactions)
	assert.Empty(t, allClaims(t, s.Store))
	require.NoError(t, s.Close())
}

// Retention, which comes upon the events of a person who is being deleted, does not take them from the count of what came since.
func TestRetentionOfWhatIsBeingErased(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{eventOf("t", "jane", "1", 1), eventOf("t", "jane", "2", 2)}}))
	e := &erasing{token: "t"}
	require.NoError(t, s.do(t.Context(), func(c *commit) error { return e.erase(c, []string{"jane"}) }))
	now := time.UnixMilli(1_700_000_000_000).Add(48 * time.Hour)
	s.setNow(now)
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{eventOf("t", "jane", "3", now.UnixMilli())}}))
	require.NoError(t, store.Expire(t.Context(), s.config.Now, 24*time.Hour, expirable{s.maintenance, 1}))
	count, err := s.CountOf(t.Context(), "t", []string{"jane"})
	require.NoError(t, err)
	assert.Equal(t, 1, count)
	require.NoError(t, s.Close())
}

// What is older than its project keeps is deleted, and no longer counted.
func TestRetention(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	const day = 24 * time.Hour
	start := time.UnixMilli(1_700_000_000_000)
	s := openStore(t, path)
	for i := range 10 {
		s.setNow(start.Add(time.Duration(i) * day))
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{
			eventOf("short", "d", fmt.Sprint(i), 1), eventOf("long", "d", fmt.Sprint(i), 1), eventOf("else", fmt.Sprint("d", i), fmt.Sprint(i), 1),
		}}))
	}
	require.NoError(t, s.Close())
	s = openStoreWith(t, path, func(c *Config) {
		c.Retention = map[string]time.Duration{"short": 2*day + time.Hour, "long": 0, "*": 5*day + time.Hour}
	})
	s.setNow(start.Add(9 * day))
	s.maintenance.wake()
	want := map[string]int{"short": 3, "long": 10, "else": 6}
	require.Eventually(t, func() bool {
		for token, events := range want {
			if got, err := s.After(t.Context(), token, 0, 100); err != nil || len(got) != events {
				return false
			}
		}
		return true
	}, 10*time.Second, 5*time.Millisecond)
	for ids, events := range map[string]int{"d": 3, "d0": 0, "d9": 1} {
		token := "short"
		if len(ids) > 1 {
			token = "else"
		}
		count, err := s.CountOf(t.Context(), token, []string{ids})
		require.NoError(t, err)
		assert.Equal(t, events, count, ids)
	}
	require.NoError(t, s.Close())
}

// A page that the disk has damaged is found, and a whole database is none.
func TestCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openStore(t, path)
	for i := range 200 {
		require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{eventOf("t", "d", fmt.Sprint(i), int64(i))}}))
	}
	require.NoError(t, Check(t.Context(), path), "while it is in use")
	require.NoError(t, s.Close())
	require.NoError(t, Check(t.Context(), path))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, page := range []int{2, 4, len(content)/8192 - 1} {
		damaged := bytes.Clone(content)
		copy(damaged[page*8192:], bytes.Repeat([]byte{0xa5}, 4096))
		name := filepath.Join(t.TempDir(), "damaged.db")
		require.NoError(t, os.WriteFile(name, damaged, 0o600))
		require.ErrorIs(t, Check(t.Context(), name), ErrDamaged)
	}
	require.ErrorContains(t, Check(t.Context(), path+"-missing"), "unable to open")
	assert.NoFileExists(t, path+"-missing")

	damaged := bytes.Clone(content)
	copy(damaged[4*8192:], bytes.Repeat([]byte{0xa5}, 4096))
	require.NoError(t, os.WriteFile(path, damaged, 0o600))
	s = openStoreWith(t, path, func(c *Config) { c.CheckInterval = 10 * time.Millisecond })
	require.Eventually(t, func() bool { return bytes.Contains([]byte(s.log.String()), []byte("the database is damaged")) }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, s.Close())
}
