package people_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/sqlite"
	"github.com/throughline/throughline/identity"
)

// directory is a Directory over a real database, and the graph of all claims that the database accepted.
type directory struct {
	*people.Directory
	t     *testing.T
	store *sqlite.Store
	mu    sync.Mutex
	whole map[string]*identity.Graph // by token
	sent  int
}

func openDirectory(t *testing.T) *directory {
	t.Helper()
	d := &directory{t: t, whole: map[string]*identity.Graph{}}
	store, err := sqlite.Open(sqlite.Config{
		Path: filepath.Join(t.TempDir(), "events.db"), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		OnCommit: func(changes event.Changes) {
			d.mu.Lock()
			for _, c := range changes.Claims {
				if d.whole[c.Token] == nil {
					d.whole[c.Token] = identity.NewGraph()
				}
				d.whole[c.Token].Add(c.Claim)
			}
			d.mu.Unlock()
			d.Add(changes.Claims...)
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	d.store, d.Directory = store, people.NewDirectory(store.Claims())
	return d
}

// claim stores claims of a project, each given as alias and distinct_id, in one commit.
func (d *directory) claim(token string, pairs ...[2]string) {
	d.t.Helper()
	var batch event.Batch
	for _, pair := range pairs {
		d.mu.Lock()
		d.sent++
		e := event.Event{Token: token, Name: "$create_alias", Alias: pair[0], DistinctID: pair[1], SentMS: 1, InsertID: fmt.Sprint(d.sent), Properties: "{}"}
		d.mu.Unlock()
		batch.Events = append(batch.Events, e)
	}
	require.NoError(d.t, d.store.Store(d.t.Context(), batch))
}

func (d *directory) resolve(token, id string) string {
	d.t.Helper()
	persons, err := d.Resolve(d.t.Context(), token, id)
	require.NoError(d.t, err)
	return persons.Of(id)
}

// person returns a whole person, page by page.
func (d *directory) person(token, id string, limit int) (whole identity.Person, pages int) {
	d.t.Helper()
	for after := ""; ; pages++ {
		page, err := d.Person(d.t.Context(), token, id, after, limit)
		require.NoError(d.t, err)
		require.LessOrEqual(d.t, len(page.IDs), limit)
		require.False(d.t, page.MoreConflicts)
		whole.Original = page.Original
		whole.IDs = append(whole.IDs, page.IDs...)
		whole.Conflicts = append(whole.Conflicts, page.Conflicts...)
		if after = page.Next; after == "" {
			return whole, pages + 1
		}
	}
}

func TestDirectory(t *testing.T) {
	d := openDirectory(t)
	assert.Equal(t, "x", d.resolve("t", "x"))
	person, _ := d.person("t", "x", 10)
	assert.Equal(t, identity.NewGraph().Person("x"), person)

	d.claim("t", [2]string{"jane", "1"})
	d.claim("u", [2]string{"jane", "2"})
	assert.Equal(t, "1", d.resolve("t", "jane"))
	assert.Equal(t, "2", d.resolve("u", "jane"))
	assert.Equal(t, "jane", d.resolve("v", "jane"))

	d.claim("t", [2]string{"jane", "1"}, [2]string{"jane", "3"})
	assert.Equal(t, "1", d.resolve("t", "jane"))
	person, _ = d.person("t", "jane", 10)
	assert.Len(t, person.Conflicts, 1)

	d.claim("t", [2]string{"1", "0"})
	persons, err := d.Resolve(t.Context(), "t", "jane", "1", "0", "jane", "3", "nobody")
	require.NoError(t, err)
	assert.Equal(t, people.Persons{"jane": "0", "1": "0", "0": "0", "3": "3", "nobody": "nobody"}, persons)
}

// What a Directory answers from the few claims that it reads is what the graph of all claims says, for every id and however large its pages
// are; also right after a claim that changes an answer which was cached.
func TestDirectoryEqualsTheWholeGraph(t *testing.T) {
	const names = 14
	rounds := 25
	if testing.Short() {
		rounds = 3
	}
	for range rounds {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		id := func() string { return string(rune('A' + r.IntN(names))) }
		d := openDirectory(t)
		for range 40 {
			token := []string{"t", "u"}[r.IntN(2)]
			d.claim(token, [2]string{id(), id()}, [2]string{id(), id()})
			whole := d.whole[token]
			if whole == nil { // Both were claims of an id to itself.
				continue
			}
			for letter := range names {
				name := string(rune('A' + letter))
				require.Equal(t, whole.Resolve(name), d.resolve(token, name), "seed %d", seed)
			}
		}
		for token, whole := range d.whole {
			for letter := range names {
				name := string(rune('A' + letter))
				want := whole.Person(name)
				got, _ := d.person(token, name, 100)
				require.Equal(t, want, got, "seed %d", seed)
				got, pages := d.person(token, name, 1+r.IntN(4))
				require.ElementsMatch(t, want.IDs, got.IDs, "seed %d", seed)
				require.Subset(t, got.Conflicts, want.Conflicts, "seed %d", seed)
				if pages == 1 {
					require.Equal(t, want, got)
				}
			}
		}
	}
}

// Resolving ids while claims are added does not change the results, nor does it leave an old one in the cache.
func TestDirectoryConcurrently(t *testing.T) {
	d := openDirectory(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				alias := fmt.Sprint("a", rand.IntN(60))
				d.claim("t", [2]string{alias, fmt.Sprint("a", rand.IntN(60))})
				persons, err := d.Resolve(t.Context(), "t", alias, fmt.Sprint("a", rand.IntN(60)), fmt.Sprint("a", rand.IntN(60)))
				assert.NoError(t, err)
				assert.NotEmpty(t, persons)
			}
		})
	}
	group.Wait()
	for i := range 60 {
		id := fmt.Sprint("a", i)
		require.Equal(t, d.whole["t"].Resolve(id), d.resolve("t", id))
		want := d.whole["t"].Person(id)
		got, _ := d.person("t", id, 1000)
		require.Equal(t, want, got)
	}
}

// A person of many ids is answered in pages: a star of aliases, and a chain of them.
func TestLargePerson(t *testing.T) {
	const ids = 2500
	for shape, target := range map[string]func(i int) string{
		"star":  func(int) string { return "0" },
		"chain": func(i int) string { return fmt.Sprint(i - 1) },
	} {
		t.Run(shape, func(t *testing.T) {
			d := openDirectory(t)
			var pairs [][2]string
			for i := 1; i < ids; i++ {
				pairs = append(pairs, [2]string{fmt.Sprint(i), target(i)})
			}
			d.claim("t", pairs...)
			person, pages := d.person("t", "1234", people.MaxPageIDs)
			assert.Equal(t, 3, pages)
			assert.Equal(t, "0", person.Original)
			listed := map[string]bool{}
			for _, m := range person.IDs {
				listed[m.DistinctID] = true
			}
			assert.Len(t, listed, ids)
			assert.Len(t, person.IDs, ids)
		})
	}
}

// An id that many claimed has more conflicts than a page lists, and says so.
func TestContestedID(t *testing.T) {
	d := openDirectory(t)
	pairs := [][2]string{{"jane", "owner"}}
	for i := range 3000 {
		pairs = append(pairs, [2]string{"jane", fmt.Sprint("stranger ", i)})
	}
	d.claim("t", pairs...)
	page, err := d.Person(t.Context(), "t", "jane", "", 10)
	require.NoError(t, err)
	assert.Equal(t, "owner", page.Original)
	assert.True(t, page.MoreConflicts)
	assert.Len(t, page.Conflicts, 1000)
	_, err = d.Person(t.Context(), "t", "jane", "stranger 5", 10)
	require.ErrorIs(t, err, event.ErrNotMember)
}
