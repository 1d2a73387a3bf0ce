package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/identity"
)

// pagedStore has as many pages of events as it is told, and fails or waits after some of them.
type pagedStore struct {
	Store
	pages     int
	bytes     int // of an event's properties
	failAfter int // pages; 0 for never
	hang      bool
}

func (s *pagedStore) EventsBetween(ctx context.Context, _ string, _, _ int64, after string) ([]event.Stored, string, error) {
	page := 0
	_, _ = fmt.Sscan(after, &page)
	page++
	if s.failAfter > 0 && page > s.failAfter {
		if s.hang {
			<-ctx.Done()
		}
		return nil, "", errors.New("/var/lib/events.db: disk I/O error")
	}
	next := fmt.Sprint(page)
	if page >= s.pages {
		next = ""
	}
	e := event.Stored{ID: int64(page), Event: event.Event{Name: "E", DistinctID: "d", InsertID: fmt.Sprint(page), SentMS: 1, Properties: `{"x":"` + strings.Repeat("x", s.bytes) + `"}`}}
	return []event.Stored{e}, next, nil
}

type noClaims struct{ people.Claims }

func (noClaims) ClaimsAbove(context.Context, string, []string) ([]identity.Claim, error) {
	return nil, nil
}

func serveStore(t *testing.T, store Store) (a *API, url string, log *testlog.Buffer) {
	t.Helper()
	log = &testlog.Buffer{}
	a = New(Config{Store: store, People: people.NewDirectory(noClaims{}), Log: slog.New(slog.NewTextHandler(log, nil))})
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return a, s.URL + "/api/export?token=t&from=2026-01-01&to=2026-01-31", log
}

// An export that breaks off says so in its last line, and its client cannot take it for a whole one.
func TestBrokenExport(t *testing.T) {
	for name, test := range map[string]struct {
		store  pagedStore
		status int
		lines  int
		whole  bool
	}{
		"whole":           {pagedStore{pages: 3}, 200, 3, true},
		"in the middle":   {pagedStore{pages: 3, failAfter: 2}, 200, 3, false},
		"before its last": {pagedStore{pages: 9, failAfter: 8}, 200, 9, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, url, log := serveStore(t, &test.store)
			response, err := http.Get(url)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			assert.Equal(t, test.status, response.StatusCode)
			body, err := io.ReadAll(response.Body)
			lines := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
			assert.Len(t, lines, test.lines)
			last := lines[len(lines)-1]
			if test.whole {
				assert.NoError(t, err)
				assert.True(t, strings.HasPrefix(last, `{"event":"E"`), last)
				return
			}
			assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, `{"error":"the export broke off here: what follows is missing, ask again"}`, last)
			assert.Contains(t, log.String(), "disk I/O error")
		})
	}
}

// failingStore cannot be read.
type failingStore struct{ Store }

func (failingStore) EventsBetween(context.Context, string, int64, int64, string) ([]event.Stored, string, error) {
	return nil, "", errors.New("/var/lib/events.db: disk I/O error")
}

// An export that cannot begin is refused as every other answer.
func TestExportThatCannotBegin(t *testing.T) {
	_, url, _ := serveStore(t, failingStore{})
	response, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	assert.NotEmpty(t, response.Header.Get("Retry-After"))
	assert.JSONEq(t, `{"error":"the database cannot be read now; try again"}`, string(body))
}

// An export takes the memory of a page, however large it is and however slowly its client reads.
func TestExportsHoldLittleMemory(t *testing.T) {
	const pages, megabyte = 200, 1 << 20
	_, url, _ := serveStore(t, &pagedStore{pages: pages, bytes: megabyte})
	response, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	// What the collection itself has found to be in use: what is allocated while it is asked for does not count.
	inUse := func() uint64 {
		runtime.GC()
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before, most, total := inUse(), uint64(0), 0
	lines := bufio.NewReaderSize(response.Body, 64<<10)
	for {
		n, err := lines.Discard(megabyte)
		total += n
		if err != nil {
			break
		}
		if total/megabyte%20 == 0 {
			time.Sleep(20 * time.Millisecond)
			most = max(most, inUse())
		}
	}
	assert.Greater(t, total, pages*megabyte)
	assert.Less(t, int64(most)-int64(before), int64(16*megabyte), "of 200 MB that were exported")
}

// At most a few exports are under way at a time; the others are asked to come again. A client that has gone makes room.
func TestTooManyExports(t *testing.T) {
	_, url, _ := serveStore(t, &pagedStore{pages: 1 << 30, bytes: 1 << 20})
	var open []*http.Response
	for range maxEventExports {
		response, err := http.Get(url)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode)
		open = append(open, response)
	}
	status := func() int {
		response, err := http.Get(url)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	assert.Equal(t, http.StatusServiceUnavailable, status())
	for _, response := range open {
		require.NoError(t, response.Body.Close())
	}
	require.Eventually(t, func() bool { return status() == http.StatusOK }, 10*time.Second, 20*time.Millisecond)
}

// A collector that stops ends its exports, which would otherwise keep it for as long as they take, and says so in them.
func TestStoppingEndsExports(t *testing.T) {
	a, url, _ := serveStore(t, &pagedStore{pages: 9, failAfter: 1, hang: true})
	response, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	time.AfterFunc(50*time.Millisecond, a.Close)
	body, err := io.ReadAll(response.Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Contains(t, string(body), `{"error":`)
}
