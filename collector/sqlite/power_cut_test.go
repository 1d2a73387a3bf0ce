package sqlite

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The power fails before any operation of the disk: of what was not synced, any sector may be written or not. What was acknowledged is
// stored once, of each request everything or nothing is stored, and each stored alias has its claim.
func TestPowerCut(t *testing.T) {
	const clients, requests, cuts = 3, 60, 40
	type snapshot struct {
		folder       string
		acknowledged []string
	}
	s := openFailingStore(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var snapshots []snapshot
	s.disk.mu.Lock()
	s.disk.before = func(string, string) error {
		if len(snapshots) < cuts && random.IntN(30) == 0 {
			s.mu.Lock()
			storedRequests := slices.Clone(s.acknowledged)
			s.mu.Unlock()
			m := snapshot{t.TempDir(), storedRequests}
			if err := s.disk.simulatePowerCut(m.folder, random); err != nil {
				return err
			}
			snapshots = append(snapshots, m)
		}
		return nil
	}
	s.disk.mu.Unlock()
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			for request := range requests {
				assert.True(t, s.send(t, client, request))
			}
		})
	}
	group.Wait()
	require.NoError(t, s.Close())
	require.Len(t, snapshots, cuts)
	for _, m := range snapshots {
		events, aliases := inspect(t, m.folder+"/events.db")
		for _, id := range m.acknowledged {
			require.Equal(t, 1, events[id], "%s was acknowledged, %d others too", id, len(m.acknowledged)-1)
		}
		storedRequests := 0
		for client := range clients {
			for request := range requests {
				_, ids := batchOf(client, request)
				there := 0
				for _, id := range ids {
					there += events[id]
				}
				require.Contains(t, []int{0, len(ids)}, there, "of %v", ids)
				if there > 0 {
					storedRequests++
				}
			}
		}
		assert.Len(t, aliases, storedRequests)
	}
}
