package postgres

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/identity"
)

// The view says of every id what identity.Graph says, of random claims with chains, conflicts and circles, in two projects.
func TestEventsResolvedEqualsGraph(t *testing.T) {
	circles, conflicts := 0, 0
	for range 15 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		names := 3 + r.IntN(20)
		graphs := map[string]*identity.Graph{"t": identity.NewGraph(), "u": identity.NewGraph()}
		address := newDatabase(t)
		config := configOf(&testlog.Buffer{})
		s, err := Open(address, config)
		require.NoError(t, err)
		var events []event.Event
		for i := range 2 * names {
			events = append(events, event.Event{
				Token: []string{"t", "u"}[r.IntN(2)], Name: "$create_alias", Alias: fmt.Sprint("id", r.IntN(names)), DistinctID: fmt.Sprint("id", r.IntN(names)),
				InsertID: fmt.Sprint("c", i), SentMS: 1 + r.Int64N(50), Properties: "{}",
			})
		}
		for i := range names {
			for token := range graphs {
				events = append(events, event.Event{Token: token, Name: "E", DistinctID: fmt.Sprint("id", i), InsertID: fmt.Sprint("e", i), SentMS: 1, Properties: "{}"})
			}
		}
		require.NoError(t, s.Store(t.Context(), event.Batch{Events: events}))
		conn, err := pgx.Connect(t.Context(), address)
		require.NoError(t, err)
		rows, err := conn.Query(t.Context(), "SELECT token, alias, distinct_id, seq, time_ms, insert_id FROM claims JOIN projects ON projects.id = project")
		require.NoError(t, err)
		var token string
		var c identity.Claim
		_, err = pgx.ForEachRow(rows, []any{&token, &c.Alias, &c.DistinctID, &c.Seq, &c.TimeMS, &c.InsertID}, func() error { graphs[token].Add(c); return nil })
		require.NoError(t, err)
		rows, err = conn.Query(t.Context(), "SELECT token, distinct_id, person FROM events_resolved")
		require.NoError(t, err)
		var id, person string
		found := 0
		_, err = pgx.ForEachRow(rows, []any{&token, &id, &person}, func() error {
			found++
			assert.Equal(t, graphs[token].Resolve(id), person, "seed %d, %s of %s", seed, id, token)
			for _, lost := range graphs[token].Person(id).Conflicts {
				if lost.Reason == identity.ReasonCircle {
					circles++
				} else {
					conflicts++
				}
			}
			return nil
		})
		require.NoError(t, err)
		assert.GreaterOrEqual(t, found, 2*names)
		require.NoError(t, conn.Close(t.Context()))
		require.NoError(t, s.Close())
	}
	assert.Greater(t, circles, 10)
	assert.Greater(t, conflicts, 50)
}
