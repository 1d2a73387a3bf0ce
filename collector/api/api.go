// Package api is the HTTP API for those who run the collector: events, persons, groups and the live feed, as Live View and other clients ask for
// them, and what a person may ask for: their data, and its deletion. It knows the database only by the interface Store. Read New for the paths; feed.go has the live feed.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/throughline/throughline/collector/attempts"
	"github.com/throughline/throughline/collector/live"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/store"
)

// Store is what the API needs of a database.
type Store interface {
	store.Reader
	store.Eraser
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
