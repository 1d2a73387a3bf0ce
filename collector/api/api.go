// Package api is the HTTP API for those who run the collector: events, persons, groups and the live feed, as Live View and other clients ask for
// them, and what a person may ask for: their data, and its deletion. It knows the database only by the interface Store. Read New for the paths; feed.go has the live feed.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/throughline/throughline/collector/attempts"
	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/live"
	"github.com/throughline/throughline/collector/people"
)

// Store is the database, as far as the API needs it; package sqlite implements it.
type Store interface {
	Newest(ctx context.Context, token string, before int64, limit int) ([]event.Stored, error)
	After(ctx context.Context, token string, id int64, limit int) ([]event.Stored, error)
	NthNewest(ctx context.Context, token string, n int) (id int64, err error)
	RecentIDs(ctx context.Context, token string, events int) ([]string, error)
	CountOf(ctx context.Context, token string, ids []string) (int, error)
	EventsOf(ctx context.Context, token string, distinctIDs map[string]bool, after int64) (events []event.Stored, last int64, err error)
	EventsBetween(ctx context.Context, token string, fromMS, toMS int64, after string) (events []event.Stored, next string, err error)
	Erase(ctx context.Context, token, id string) (event.Erasure, error)
	Erasures(ctx context.Context, token string, limit int) ([]event.Erasure, error)
	ProfileOf(ctx context.Context, token, groupKey string, subjects []string) (*people.Profile, error)
}

// Config is the configuration of an API.
type Config struct {
	Store    Store
	People   *people.Directory
	Notifier *live.Notifier
	Metrics  http.Handler // answers with the metrics; nil where there are none
	Key      string       // the key that readers must present; "" where the collector listens on loopback only
	Log      *slog.Logger
}

// API is the handler of the paths under /api/.
type API struct {
	Config
	mux      *http.ServeMux
	limits   limits
	attempts *attempts.Guard
	closing  context.Context
	close    context.CancelFunc
}

// New returns an API.
func New(config Config) *API {
	a := &API{Config: config, mux: http.NewServeMux(), limits: newLimits(), attempts: attempts.New(config.Log)}
	a.closing, a.close = context.WithCancel(context.Background())
	a.mux.HandleFunc("GET /api/events", a.limited(a.handleEvents))
	a.mux.HandleFunc("GET /api/person", a.limited(a.handlePerson))
	a.mux.HandleFunc("DELETE /api/person", a.handleErase)
	a.mux.HandleFunc("GET /api/person/export", a.handleExport)
	a.mux.HandleFunc("GET /api/export", a.handleExportEvents)
	a.mux.HandleFunc("GET /api/erasures", a.limited(a.handleErasures))
	a.mux.HandleFunc("GET /api/group", a.limited(a.handleGroup))
	a.mux.HandleFunc("GET /api/live", a.handleLive)
	if config.Metrics != nil {
		a.mux.Handle("GET /metrics", config.Metrics)
	}
	a.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusNotFound, "there are GET /api/events, /api/person, /api/person/export, /api/export, /api/group, /api/erasures and /api/live, and DELETE /api/person")
	})
	return a
}

// Close ends all live feeds, which would otherwise never end.
func (a *API) Close() { a.close() }

// ServeHTTP answers requests that are authorized to read.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if a.isAuthorized(w, r) {
		a.mux.ServeHTTP(w, r)
	}
}
