package server_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/collector/server"
)

// testCollector is a complete collector on its own port, with a database file.
type testCollector struct {
	t    *testing.T
	url  string
	addr string
	log  *testlog.Buffer
	stop func()
}

type options struct {
	db, site, key   string
	maxConnections  int
	shutdownTimeout time.Duration // 0 stands for ten seconds
	configure       func(*server.Server)
	config          func(*app.Config)
}

func startCollector(t *testing.T, p options) *testCollector {
	t.Helper()
	if p.db == "" {
		p.db = newDatabase(t)
	}
	text := &testlog.Buffer{}
	log := slog.New(slog.NewTextHandler(text, nil))
	config := app.Config{DB: p.db, Site: p.site, ReadKey: p.key, Log: log, MaxConnections: p.maxConnections}
	if p.config != nil {
		p.config(&config)
	}
	collector, err := app.Open(config)
	require.NoError(t, err)
	s := collector.Server
	if p.configure != nil {
		p.configure(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	h := &testCollector{t: t, url: "http://" + listener.Addr().String(), addr: listener.Addr().String(), log: text}
	h.stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(p.shutdownTimeout, 10*time.Second))
		defer cancel()
		assert.NoError(t, s.Shutdown(ctx))
		assert.NoError(t, <-served)
		assert.NoError(t, collector.Close())
	})
	t.Cleanup(h.stop)
	return h
}

// answer is a response whose body has been read.
type answer struct {
	*http.Response
	body string
}

var client = &http.Client{
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (h *testCollector) do(method, path, body string, headers ...string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	require.NoError(h.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	response, err := client.Do(r)
	require.NoError(h.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	return answer{response, string(text)}
}

// send tracks events and requires that they are accepted.
func (h *testCollector) send(events ...string) {
	h.t.Helper()
	a := h.do(http.MethodPost, "/track/?verbose=1", "["+strings.Join(events, ",")+"]", "Content-Type", "application/json")
	require.JSONEq(h.t, `{"status":1,"error":null}`, a.body)
}

// get reads JSON.
func (h *testCollector) get(path string, to any, headers ...string) {
	h.t.Helper()
	a := h.do(http.MethodGet, path, "", headers...)
	require.Equal(h.t, http.StatusOK, a.StatusCode, a.body)
	require.Equal(h.t, "application/json", a.Header.Get("Content-Type"))
	require.NoError(h.t, json.Unmarshal([]byte(a.body), to), a.body)
}

type shownEvent struct {
	ID         int64           `json:"id"`
	Event      string          `json:"event"`
	Time       int64           `json:"time"`
	Clock      string          `json:"clock"`
	Received   int64           `json:"received"`
	DistinctID string          `json:"distinct_id"`
	Person     string          `json:"person"`
	InsertID   string          `json:"insert_id"`
	Properties json.RawMessage `json:"properties"`
}

// events returns the events of the project t, newest first.
func (h *testCollector) events(query string) []shownEvent {
	h.t.Helper()
	var page struct{ Events []shownEvent }
	h.get("/api/events?token=t"+query, &page)
	return page.Events
}

func names(events []shownEvent) []string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = e.Event
	}
	return list
}

type shownPerson struct {
	Person string `json:"person"`
	IDs    []struct {
		DistinctID string `json:"distinct_id"`
		Seq        int64
	} `json:"ids"`
	Conflicts []struct {
		Alias, Owner, Reason string
		DistinctID           string `json:"distinct_id"`
		Seq                  int64
		Holder               struct {
			DistinctID string `json:"distinct_id"`
			Seq        int64
		}
	} `json:"conflicts"`
	Events  int                        `json:"events"`
	Profile map[string]json.RawMessage `json:"profile"`
}

func (h *testCollector) person(id string) (p shownPerson) {
	h.t.Helper()
	h.get("/api/person?token=t&distinct_id="+url.QueryEscape(id), &p)
	return p
}

func (p shownPerson) distinctIDs() []string {
	list := make([]string, len(p.IDs))
	for i, m := range p.IDs {
		list[i] = m.DistinctID
	}
	return list
}

// eventJSON returns an event of the project t.
func eventJSON(name, distinctID, insertID string, second int) string {
	text, _ := json.Marshal(map[string]any{"event": name, "properties": map[string]any{
		"token": "t", "distinct_id": distinctID, "$insert_id": insertID, "time": 1_700_000_000 + second,
	}})
	return string(text)
}

// aliasJSON returns a $create_alias event of the project t.
func aliasJSON(name, distinctID, insertID string, second int) string {
	text, _ := json.Marshal(map[string]any{"event": "$create_alias", "properties": map[string]any{
		"token": "t", "distinct_id": distinctID, "alias": name, "$insert_id": insertID, "time": 1_700_000_000 + second,
	}})
	return string(text)
}
