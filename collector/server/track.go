package server

import (
	"context"
	"net/http"
	"strings"

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
	req.respondStored(http.StatusBadRequest, len(events), faults, req.takenAliases(events))
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
	// Mixpanel says in the body only that a profile update is bad.
	req.respondStored(http.StatusOK, len(updates), faults, nil)
}

// respondStored reports how many records were stored, and which were not and why.
// faultStatus is the status where some were not.
func (req *request) respondStored(faultStatus, good int, faults []ingest.Fault, taken []takenAlias) {
	if len(faults) == 0 && !req.truncated {
		req.respond(http.StatusOK, trackResponse{Status: 1, Taken: taken})
		return
	}
	summary, refused := req.logFaults(good, faults), ""
	if req.truncated { // The faults are those of the records that arrived; nothing is known about the others.
		refused, faultStatus = wholeRequest, http.StatusBadRequest
	}
	req.respond(faultStatus, trackResponse{Error: &summary, Refused: refused, Good: &good, Failed: faults, Taken: taken})
}

// logFaults logs that a request of which good records were stored also had faulty ones, and returns the reason in one line.
func (req *request) logFaults(good int, faults []ingest.Fault) string {
	summary := ingest.ErrTruncated.Error()
	if len(faults) > 0 && !req.truncated {
		summary = faults[0].String()
	}
	for _, f := range faults {
		req.Metrics.RecordsRefused(f.Reason(), 1)
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

// takenAliases returns the claims of the request that do not hold, because another was accepted before: it asks for the claims that do, so that
// a repeated request gets the same response as the first. It does not ask who they make one person: whether two ids that somebody guessed belong
// to one is nobody's business. A client that has asked about too many aliases is not told, and nobody is where that is not possible now: the
// claims are stored all the same.
func (req *request) takenAliases(events []event.Event) (taken []takenAlias) {
	var claims []event.Event
	for _, e := range events {
		if e.Alias != "" {
			claims = append(claims, e)
		}
	}
	claims = claims[:req.aliasesToTell(len(claims))]
	holders, err := req.holdersOf(claims)
	if err != nil {
		req.Log.Error("whether an alias is taken was not answered", "error", err)
		return nil
	}
	for _, e := range claims {
		if holder, held := holders[e.Token][e.Alias]; held && holder != e.DistinctID {
			// Parts of the request's text would keep all of it in memory while the answer is being written.
			taken = append(taken, takenAlias{strings.Clone(e.Alias), strings.Clone(e.DistinctID), strings.Clone(e.InsertID)})
		}
	}
	return taken
}

// holdersOf returns, by token and alias, the distinct_id of the claim that holds.
func (req *request) holdersOf(claims []event.Event) (map[string]map[string]string, error) {
	ctx, cancel := context.WithTimeout(req.r.Context(), storeTimeout)
	defer cancel()
	aliases := map[string][]string{}
	for _, e := range claims {
		aliases[e.Token] = append(aliases[e.Token], e.Alias)
	}
	holders := make(map[string]map[string]string, len(aliases))
	for token := range aliases {
		var err error
		if holders[token], err = req.Aliases.Holders(ctx, token, aliases[token]); err != nil {
			return nil, err
		}
	}
	return holders, nil
}
