package sqlite

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
)

func (o *testStore) profile(t *testing.T, groupKey string, subjects ...string) string {
	t.Helper()
	profile, err := o.ProfileOf(t.Context(), "t", groupKey, subjects)
	require.NoError(t, err)
	text, err := json.Marshal(profile)
	require.NoError(t, err)
	return string(text)
}

func (o *testStore) rows(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, o.readers.query(t.Context(), func(row *sqlite3.Stmt) bool { n = row.ColumnInt(0); return true }, "SELECT count(*) FROM updates"))
	return n
}

func (o *testStore) update(t *testing.T, updates ...event.Update) {
	t.Helper()
	for i := range updates {
		updates[i].Token = "t"
	}
	require.NoError(t, o.Store.Store(t.Context(), event.Batch{Updates: updates}))
}

// 50,000 updates of one profile leave few rows, and the profile is what they made of it; a summary is made again and again, across restarts.
func TestUpdatesAreSummarized(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	var want []int
	for i := 0; i < 50_000; {
		var batch []event.Update
		for range 1000 {
			batch = append(batch, event.Update{Subject: "jane", Operations: fmt.Sprintf(`{"$union":{"list":[%d]},"$add":{"n":1},"$set":{"last":%d}}`, i/2, i)})
			i++
		}
		s.update(t, batch...)
		if i == 25_000 {
			require.NoError(t, s.Close())
			s = openStore(t, s.path)
		}
	}
	for i := range 25_000 {
		want = append(want, i)
	}
	expected, err := json.Marshal(map[string]any{"list": want, "n": 50_000, "last": 49_999})
	require.NoError(t, err)
	assert.JSONEq(t, string(expected), s.profile(t, "", "jane"))
	assert.Less(t, s.rows(t), 50_000/10)
	require.NoError(t, s.Close())
}

// A person's profile is made of the updates of all ids in the order in which they came, whether some of them are summarized or not.
func TestSummariesOfOnePerson(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	for range 200 {
		s.update(t, event.Update{Subject: "$device:1", Operations: `{"$add":{"n":1},"$set_once":{"first":"device"}}`})
	}
	s.update(t, event.Update{Subject: "jane", Operations: `{"$add":{"n":1000},"$set":{"plan":"free"},"$set_once":{"first":"jane"}}`})
	for range 200 {
		s.update(t, event.Update{Subject: "jane", Operations: `{"$add":{"n":1},"$set_once":{"first":"later"}}`})
	}
	s.update(t, event.Update{Subject: "$device:1", Operations: `{"$set":{"plan":"paid"}}`})
	assert.JSONEq(t, `{"n":1400,"first":"device","plan":"paid"}`, s.profile(t, "", "$device:1", "jane"))
	assert.Less(t, s.rows(t), 2*summarizeUpdates+2)
	require.NoError(t, s.Close())
}

// $delete forgets what is stored of the profile, under all ids of the person.
func TestDeleteForgets(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{claimEvent("jane", "$device:1", "1", 1, 0).Event}}))
	s.update(t, event.Update{Subject: "$device:1", Operations: `{"$set":{"a":1}}`}, event.Update{Subject: "jane", Operations: `{"$set":{"b":1}}`},
		event.Update{Subject: "bob", Operations: `{"$set":{"c":1}}`}, event.Update{GroupKey: "company", Subject: "jane", Operations: `{"$set":{"d":1}}`})
	s.update(t, event.Update{Subject: "jane", Operations: `{"$delete":""}`, Deletes: true})
	require.Eventually(t, func() bool { return s.rows(t) == 3 }, 10*time.Second, time.Millisecond, "Bob's, the company's, and the $delete")
	assert.Equal(t, `{}`, s.profile(t, "", "$device:1", "jane"))
	assert.Equal(t, `{"d":1}`, s.profile(t, "company", "jane"))
	s.update(t, event.Update{GroupKey: "company", Subject: "jane", Operations: `{"$delete":"","$set":{"e":1}}`, Deletes: true})
	assert.Equal(t, `{"e":1}`, s.profile(t, "company", "jane"))
	assert.Equal(t, 3, s.rows(t))
	require.NoError(t, s.Close())
}

// A summary of what one id said does not make it younger than what another one said since, nor does a $delete in it take that along.
func TestSummaryKeepsTheOrderOfIDs(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	s.update(t, event.Update{Subject: "a", Operations: `{"$delete":"","$set":{"plan":"free"}}`, Deletes: true})
	s.update(t, event.Update{Subject: "b", Operations: `{"$set":{"plan":"paid","name":"Jane"}}`})
	for range 2 * summarizeUpdates {
		s.update(t, event.Update{Subject: "a", Operations: `{"$add":{"visits":1}}`})
	}
	assert.Less(t, s.rows(t), summarizeUpdates+2)
	assert.JSONEq(t, `{"plan":"paid","name":"Jane","visits":128}`, s.profile(t, "", "a", "b"))
	require.NoError(t, s.Close())
}

// What a $delete forgets is forgotten however many updates follow at once, of any of the person's ids, and also if the process is killed before it
// was: no summary loses that there is something to forget, and none keeps what was before.
func TestDeleteForgetsUnderLoad(t *testing.T) {
	for name, follow := range map[string]string{"the same id": "jane", "another id": "$device:1"} {
		for _, updates := range []int{summarizeUpdates / 2, summarizeUpdates + 1, 2 * summarizeUpdates, 5 * summarizeUpdates} {
			t.Run(fmt.Sprint(name, ", ", updates), func(t *testing.T) {
				s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
				require.NoError(t, s.Store.Store(t.Context(), event.Batch{Events: []event.Event{claimEvent("jane", "$device:1", "1", 1, 0).Event}}))
				batch := []event.Update{{Subject: "$device:1", Operations: `{"$set":{"old":"secret"}}`}, {Subject: "jane", Operations: `{"$set":{"older":"secret"}}`}}
				batch = append(batch, event.Update{Subject: "jane", Operations: `{"$delete":""}`, Deletes: true})
				for range updates {
					batch = append(batch, event.Update{Subject: follow, Operations: `{"$add":{"n":1},"$set":{"new":1}}`})
				}
				s.maintenance.stop() // as if it was killed at once
				s.update(t, batch...)
				want := fmt.Sprintf(`{"n":%d,"new":1}`, updates)
				assert.JSONEq(t, want, s.profile(t, "", "$device:1", "jane"))
				require.NoError(t, s.Close())
				s = openStore(t, s.path)
				secrets := func() (n int) {
					require.NoError(t, s.readers.query(t.Context(), func(row *sqlite3.Stmt) bool { n = row.ColumnInt(0); return true },
						"SELECT count(*) FROM updates WHERE operations LIKE '%secret%' OR forget > 0"))
					return n
				}
				require.Eventually(t, func() bool { return secrets() == 0 }, 5*time.Second, time.Millisecond)
				assert.JSONEq(t, want, s.profile(t, "", "$device:1", "jane"))
				require.NoError(t, s.Close())
			})
		}
	}
}

// However many profiles are to be forgotten, the deletion of persons and of old events has its turn.
func TestForgettingHasAnEnd(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "events.db"))
	s.maintenance.stop()
	var batch []event.Update
	for i := range 2*forgottenAtOnce - 1 {
		batch = append(batch, event.Update{Subject: fmt.Sprint(i), Operations: `{"$delete":""}`, Deletes: true})
	}
	s.update(t, batch...)
	m := newMaintenance(s.Store, "")
	require.NoError(t, m.forgetProfiles())
	pending := func() (n int) {
		require.NoError(t, s.readers.query(t.Context(), func(row *sqlite3.Stmt) bool { n = row.ColumnInt(0); return true }, "SELECT count(*) FROM updates WHERE forget > 0"))
		return n
	}
	assert.Equal(t, forgottenAtOnce-1, pending())
	assert.Len(t, m.work, 1, "it goes on after the others")
	<-m.work
	require.NoError(t, m.forgetProfiles())
	assert.Zero(t, pending())
	assert.Empty(t, m.work)
	require.NoError(t, s.Close())
}
