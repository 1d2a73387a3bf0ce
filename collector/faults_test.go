package main_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// notStored is the response while the database cannot be written to: clients keep their data and try again.
var notStored = answer{
	status: http.StatusServiceUnavailable, retryAfter: "5",
	body: `{"status":0,"error":"nothing was stored: the database cannot be written to; try again","refused":"request"}`,
}

// requireReadable requires that the API shows this many events.
func (p *process) requireReadable(c *http.Client, want int) {
	p.t.Helper()
	response, err := c.Get(p.url + "/api/events?token=t&limit=1000")
	require.NoError(p.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	assert.Equal(p.t, http.StatusOK, response.StatusCode)
	assert.Equal(p.t, want, strings.Count(string(body), `,"insert_id":`))
}

// Another process locks the database, first for longer than the collector waits, then for less.
func TestLockedDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "events.db")
	p, c := start(t, db), client(t)
	a, ok := post(c, p.url, eventJSON("before", ""))
	require.True(t, ok)
	require.Equal(t, accepted, a)

	other, err := sqlite3.Open(db)
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	require.NoError(t, other.Exec("BEGIN EXCLUSIVE"))
	a, ok = post(c, p.url, eventJSON("while", ""))
	require.True(t, ok)
	require.Equal(t, notStored, a)
	p.requireReadable(c, 1)
	assert.Equal(t, 1, strings.Count(p.log.String(), "nothing is stored: clients are told to try again"), p.log)
	assert.Contains(t, p.log.String(), "database is locked")

	waiting := make(chan answer, 1)
	go func() {
		a, _ := post(c, p.url, eventJSON("waited", ""))
		waiting <- a
	}()
	time.Sleep(100 * time.Millisecond) // This gives the request time to wait for the lock. If it arrives after the unlock the result is the same.
	require.NoError(t, other.Exec("ROLLBACK"))
	assert.Equal(t, accepted, <-waiting)
	a, ok = post(c, p.url, eventJSON("while", ""))
	require.True(t, ok)
	require.Equal(t, accepted, a)
	assert.Contains(t, p.log.String(), "events are stored again")
	p.terminate()
	counts := storedCounts(t, db)
	requireOnce(t, counts, []string{"before", "while", "waited"})
	assert.Len(t, counts, 3)
}

func TestStartWithLockedDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "events.db")
	start(t, db).terminate()
	other, err := sqlite3.Open(db)
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	require.NoError(t, other.Exec("BEGIN EXCLUSIVE"))
	requireStartFails(t, "database is locked", "--db", db)
	require.NoError(t, other.Exec("ROLLBACK"))
	start(t, db).terminate()
}

func TestSecondCollectorOnOneDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "events.db")
	first := start(t, db)
	requireStartFails(t, "another collector is using this database", "--db", db)
	first.kill()
	start(t, db).terminate()
}
