//go:build unix

package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/postgres/pgtest"
)

// startPostgres starts a server with an empty database and returns its address.
func startPostgres(t *testing.T) (server *pgtest.Server, address string) {
	t.Helper()
	server, err := pgtest.Start(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	require.NoError(t, server.CreateDatabase("events"))
	return server, server.DSN("events")
}

func callJSON(event, distinctID, insertID string, more map[string]any) string {
	properties := map[string]any{"token": "t", "distinct_id": distinctID, "$insert_id": insertID, "time": time.Now().Unix()}
	for name, value := range more {
		properties[name] = value
	}
	text, _ := json.Marshal(map[string]any{"event": event, "properties": properties})
	return string(text)
}

func read(t *testing.T, c *http.Client, address string, to any) {
	response, err := c.Get(address)
	if !assert.NoError(t, err) {
		return
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	assert.NoError(t, err)
	assert.Equal(t, http.StatusOK, response.StatusCode, string(text))
	assert.NoError(t, json.Unmarshal(text, to))
}

// A visitor's alias reaches one collector and the login on the next device another, in any order and at the same time as those of others: the persons
// are the same at both, at once and after a restart.
func TestOnePersonOverTwoCollectors(t *testing.T) {
	visitors := 1000
	if testing.Short() {
		visitors = 100
	}
	_, address := startPostgres(t)
	collectors := []*process{start(t, address), start(t, address)}
	c := client(t)
	type call struct {
		at   int
		text string
	}
	var calls []call
	for n := range visitors {
		device, other, user := fmt.Sprintf("$device:%d-a", n), fmt.Sprintf("$device:%d-b", n), fmt.Sprintf("user %d", n)
		at := rand.IntN(2)
		calls = append(calls,
			call{at, callJSON("$create_alias", device, fmt.Sprint("a", n), map[string]any{"alias": user})},
			call{1 - at, callJSON("$identify", user, fmt.Sprint("i", n), map[string]any{"$anon_distinct_id": other})},
			call{1 - at, callJSON("Page", user, fmt.Sprint("p", n), nil)}, call{at, callJSON("Page", device, fmt.Sprint("q", n), nil)})
	}
	rand.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	check := func(n int) {
		user, device := fmt.Sprintf("user %d", n), fmt.Sprintf("$device:%d-a", n)
		for _, p := range collectors {
			for _, id := range []string{user, device} {
				var person struct {
					Person string
					IDs    []struct {
						DistinctID string `json:"distinct_id"`
					}
					Events int
				}
				read(t, c, p.url+"/api/person?token=t&distinct_id="+url.QueryEscape(id), &person)
				assert.Equal(t, device, person.Person)
				assert.Len(t, person.IDs, 2)
				assert.Equal(t, 4, person.Events)
			}
		}
	}
	var group sync.WaitGroup
	for worker := range 16 {
		group.Go(func() {
			for i := worker; i < len(calls); i += 16 {
				a, ok := post(c, collectors[calls[i].at].url, calls[i].text)
				assert.True(t, ok)
				assert.Equal(t, accepted, a)
			}
		})
	}
	group.Wait()
	for n := range visitors {
		check(n)
	}
	for i := range collectors {
		collectors[i].terminate()
		collectors[i] = start(t, address)
	}
	for n := 0; n < visitors; n += 10 {
		check(n)
	}
}

// An alias that one collector has acknowledged is taken at the other at once, and its owner is the same at both.
func TestAliasTakenOverTwoCollectors(t *testing.T) {
	_, address := startPostgres(t)
	collectors := []*process{start(t, address), start(t, address)}
	c := client(t)
	for n := range 100 {
		first, second := collectors[n%2], collectors[1-n%2]
		alias := map[string]any{"alias": fmt.Sprint("user ", n)}
		a, _ := post(c, first.url, callJSON("$create_alias", fmt.Sprint("d", n), fmt.Sprint("1-", n), alias))
		require.Equal(t, accepted, a)
		a, _ = post(c, second.url, callJSON("$create_alias", fmt.Sprint("e", n), fmt.Sprint("2-", n), alias))
		require.Contains(t, a.body, "alias_taken")
		a, _ = post(c, second.url, callJSON("$create_alias", fmt.Sprint("d", n), fmt.Sprint("3-", n), alias))
		require.Equal(t, accepted, a, "its owner repeats it")
		var person struct{ Person string }
		read(t, c, second.url+"/api/person?token=t&distinct_id="+url.QueryEscape(fmt.Sprint("user ", n)), &person)
		require.Equal(t, fmt.Sprint("d", n), person.Person)
	}
}

// The live feed of one collector shows within a second what another one took, and who is who then.
func TestLiveFeedOverTwoCollectors(t *testing.T) {
	_, address := startPostgres(t)
	one, other := start(t, address), start(t, address)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, one.url+"/api/live?token=t", nil)
	require.NoError(t, err)
	c := client(t)
	c.Timeout = 0
	response, err := c.Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	await := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		require.FailNow(t, "the feed ended", text)
	}
	await("id: 0")
	var longest time.Duration
	for n := range 20 {
		begun := time.Now()
		a, _ := post(c, other.url, callJSON("Page", "d1", fmt.Sprint("page ", n), nil))
		require.Equal(t, accepted, a)
		await(fmt.Sprint("page ", n))
		longest = max(longest, time.Since(begun))
	}
	assert.Less(t, longest, time.Second)
	t.Logf("longest wait %s", longest)
	a, _ := post(c, other.url, callJSON("$create_alias", "d0", "alias", map[string]any{"alias": "d1"}))
	require.Equal(t, accepted, a)
	await(`{"distinct_id":"d1","person":"d0"}`)
}

// One of two collectors is killed under load, and then PostgreSQL itself: clients that send again what was not acknowledged find everything stored, once.
func TestKillOneOfTwoCollectors(t *testing.T) {
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	server, address := startPostgres(t)
	collectors := []*process{start(t, address), start(t, address)}
	c := client(t)
	var mu sync.Mutex
	target := func(client, attempt int) string {
		mu.Lock()
		defer mu.Unlock()
		return collectors[(client+attempt)%2].url
	}
	var group sync.WaitGroup
	ended := make(chan struct{})
	var sent []string
	for client := range 6 {
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-ended:
					return
				default:
				}
				var ids, events []string
				for i := range 1 + (client+n)%20 {
					ids = append(ids, fmt.Sprint(client, "-", n, "-", i))
					events = append(events, eventJSON(ids[i], ""))
				}
				for attempt := 0; ; attempt++ {
					if a, ok := post(c, target(client, attempt), events...); ok && a == accepted {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				mu.Lock()
				sent = append(sent, ids...)
				mu.Unlock()
			}
		})
	}
	for round := range rounds {
		time.Sleep(300 * time.Millisecond)
		victim := round % 2
		collectors[victim].kill()
		time.Sleep(100 * time.Millisecond)
		again := start(t, address)
		mu.Lock()
		collectors[victim] = again
		mu.Unlock()
	}
	server.Kill()
	require.NoError(t, server.Restart())
	time.Sleep(500 * time.Millisecond)
	close(ended)
	group.Wait()
	values, err := server.Query("events", "SELECT insert_id FROM events")
	require.NoError(t, err)
	counts := map[string]int{}
	for _, id := range values {
		counts[id]++
	}
	requireOnce(t, counts, sent)
	assert.Len(t, counts, len(sent), "clients send until it is acknowledged, so that there is nothing else")
	t.Logf("%d events", len(sent))
}

// The password of a database's address is shown nowhere.
func TestPasswordIsNotShown(t *testing.T) {
	server, _ := startPostgres(t)
	p := start(t, strings.Replace(server.DSN("events"), "postgres@", "postgres:secret@", 1))
	p.terminate()
	assert.NotContains(t, p.firstLine+p.out.String()+p.log.String(), "secret")
	assert.Contains(t, p.out.String(), fmt.Sprintf("Collecting into postgres://postgres@127.0.0.1:%d/events", server.Port))
}
