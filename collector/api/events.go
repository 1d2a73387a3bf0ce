package api

import (
	"context"
	"math"
	"net/http"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
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
	persons, err := a.personsOf(r.Context(), token, events)
	if err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	body := appendEvents([]byte(`{"events":`), events, persons)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '}', '\n'))
}

// personsOf returns the persons of the events' distinct_ids.
func (a *API) personsOf(ctx context.Context, token string, events []event.Stored) (people.Persons, error) {
	asked := make(map[string]bool, len(events))
	var ids []string
	for _, e := range events {
		if !asked[e.DistinctID] {
			asked[e.DistinctID] = true
			ids = append(ids, e.DistinctID)
		}
	}
	return a.People.Resolve(ctx, token, ids...)
}
