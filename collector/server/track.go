package server

import (
	"net/http"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
)

// track is /track.
func (v *visit) track() {
	records, ok := v.records()
	if !ok {
		return
	}
	events, faults := ingest.Events(records, v.project())
	if !v.keep(event.Batch{Events: events}) {
		return
	}
	v.settle(len(events), faults, v.taken(events))
}

// engage is /engage and /groups.
func (v *visit) engage() {
	records, ok := v.records()
	if !ok {
		return
	}
	updates, faults := ingest.Updates(records)
	if !v.keep(event.Batch{Updates: updates}) {
		return
	}
	v.settle(len(updates), faults, nil)
}

// settle tells what was stored and what was not.
func (v *visit) settle(good int, faults []ingest.Fault, taken []takenAlias) {
	if len(faults) == 0 && !v.cut {
		v.answer(http.StatusOK, trackAnswer{Status: 1, Taken: taken})
		return
	}
	line, refused := v.complaint(good, faults), ""
	if v.cut { // The faults are those of the records that came. Of the others nobody knows.
		refused = theRequest
	}
	v.answer(http.StatusBadRequest, trackAnswer{Error: &line, Refused: refused, Good: &good, Failed: faults, Taken: taken})
}

// complaint says in a line what is wrong with a request of which good records were stored, and notes it in the log.
func (v *visit) complaint(good int, faults []ingest.Fault) string {
	line := ingest.ErrCut.Error()
	if len(faults) > 0 && !v.cut {
		line = faults[0].String()
	}
	v.Log.Warn("records were refused", "path", v.r.URL.Path, "refused", len(faults), "stored", good, "first", line)
	return line
}

// takenAlias tells a client that an alias it asked for belongs to somebody else. The claim is kept, as a conflict.
type takenAlias struct {
	Alias      string `json:"alias"`
	Owner      string `json:"owner"`
	DistinctID string `json:"distinct_id"`
	InsertID   string `json:"insert_id"`
}

// taken looks at every alias of the request anew, for a repeated request deserves the same answer.
func (v *visit) taken(events []event.Event) []takenAlias {
	var taken []takenAlias
	for _, e := range events {
		if e.Alias == "" {
			continue
		}
		if owner := v.People.Resolve(e.Token, e.Alias); owner != v.People.Resolve(e.Token, e.DistinctID) {
			taken = append(taken, takenAlias{e.Alias, owner, e.DistinctID, e.InsertID})
		}
	}
	return taken
}
