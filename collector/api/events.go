package api

import (
	"math"
	"net/http"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// handleEvents answers GET /api/events?token=T&limit=N&before=ID with the newest events first. A page of large events may have fewer than
// limit; the next page is asked for with before set to the last id of this one.
func (a *API) handleEvents(w http.ResponseWriter, r *http.Request) {
	token, ok := requiredParam(w, r, "token")
	if !ok {
		return
	}
	limit, ok := intParam(w, r, "limit", defaultLimit, 1, maxLimit)
	if !ok {
		return
	}
	before, ok := intParam(w, r, "before", math.MaxInt64, 0, math.MaxInt64)
	if !ok {
		return
	}
	events, err := a.Store.Newest(r.Context(), token, before, int(limit))
	if err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	body := a.appendEvents([]byte(`{"events":`), events)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '}', '\n'))
}
