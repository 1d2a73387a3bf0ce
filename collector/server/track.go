package server

import (
	"net/http"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
)

// handleTrack answers /track.
func (req *request) handleTrack() {
	records, ok := req.readRecords()
	if !ok {
		return
	}
	events, faults := ingest.Events(records, req.ingestRequest())
	if !req.store(event.Batch{Events: events}, faults) {
		return
	}
	req.respondStored(len(events), faults, req.takenAliases(events))
}

// handleEngage answers /engage and /groups.
func (req *request) handleEngage() {
	records, ok := req.readRecords()
	if !ok {
		return
	}
	updates, faults := ingest.Updates(records, req.ingestRequest())
	if !req.store(event.Batch{Updates: updates}, faults) {
		return
	}
	req.respondStored(len(updates), faults, nil)
}

// respondStored reports how many records were stored, and which were not and why.
func (req *request) respondStored(good int, faults []ingest.Fault, taken []takenAlias) {
	if len(faults) == 0 && !req.truncated {
		req.respond(http.StatusOK, trackResponse{Status: 1, Taken: taken})
		return
	}
	summary, refused := req.logFaults(good, faults), ""
	if req.truncated { // The faults are those of the records that arrived; nothing is known about the others.
		refused = wholeRequest
	}
	req.respond(http.StatusBadRequest, trackResponse{Error: &summary, Refused: refused, Good: &good, Failed: faults, Taken: taken})
}

// logFaults logs that a request of which good records were stored also had faulty ones, and returns the reason in one line.
func (req *request) logFaults(good int, faults []ingest.Fault) string {
	summary := ingest.ErrTruncated.Error()
	if len(faults) > 0 && !req.truncated {
		summary = faults[0].String()
	}
	req.Log.Warn("records were refused", "path", req.r.URL.Path, "refused", len(faults), "stored", good, "first", summary)
	return summary
}

// takenAlias reports that an alias which the client claimed belongs to somebody else, and not to whom: the client is a stranger. The claim
// is stored all the same, as a conflict.
type takenAlias struct {
	Alias      string `json:"alias"`
	DistinctID string `json:"distinct_id"`
	InsertID   string `json:"insert_id"`
}

// takenAliases resolves every alias of the request again, so that a repeated request gets the same response as the first. A client that has
// asked about too many aliases is not told.
func (req *request) takenAliases(events []event.Event) []takenAlias {
	var claims []event.Event
	for _, e := range events {
		if e.Alias != "" {
			claims = append(claims, e)
		}
	}
	var taken []takenAlias
	for _, e := range claims[:req.aliasesToTell(len(claims))] {
		if req.isTaken(e) {
			taken = append(taken, takenAlias{e.Alias, e.DistinctID, e.InsertID})
		}
	}
	return taken
}

// isTaken reports whether the alias of a `$create_alias` belongs to another person than its distinct_id.
func (req *request) isTaken(e event.Event) bool {
	return req.People.Resolve(e.Token, e.Alias) != req.People.Resolve(e.Token, e.DistinctID)
}
