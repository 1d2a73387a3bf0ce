package api

import (
	"context"
	"net/http"

	"github.com/throughline/throughline/collector/event"
)

// handleErase answers DELETE /api/person?token=T&distinct_id=D: it deletes the person that the id belongs to, with all ids, claims, profile and
// events. 202 says that the person is gone and that the events are being deleted: /api/erasures tells when that is done.
func (a *API) handleErase(w http.ResponseWriter, r *http.Request) {
	token, id, ok := personParams(w, r)
	if !ok {
		return
	}
	// It is done to its end even if the client disconnects: what is left of half a person is harder to find.
	erasure, err := a.Store.Erase(context.WithoutCancel(r.Context()), token, id)
	if err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	a.Log.Info("a person was deleted", "erasure", erasure.ID, "ids", erasure.IDs)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	writeJSON(w, map[string]event.Erasure{"erasure": erasure})
}

// handleErasures answers GET /api/erasures?token=T&limit=N with the record of deletions, the newest first.
func (a *API) handleErasures(w http.ResponseWriter, r *http.Request) {
	token, ok := requiredParam(w, r, "token")
	if !ok {
		return
	}
	limit, ok := intParam(w, r, "limit", defaultLimit, 1, maxLimit)
	if !ok {
		return
	}
	erasures, err := a.Store.Erasures(r.Context(), token, int(limit))
	if err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	writeJSON(w, map[string][]event.Erasure{"erasures": erasures})
}
