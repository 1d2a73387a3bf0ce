package api

import (
	"encoding/json"
	"net/http"

	"github.com/throughline/throughline/collector/people"
)

// handleExport answers GET /api/person/export?token=T&distinct_id=D with all that is stored of a person, one JSON object a line: pages of the
// person as /api/person has them, then pages of events as /api/events has them, the oldest first, and {"complete":true} at the end. It looks at
// all events of the project, in steps, so that others can read in between.
func (a *API) handleExport(w http.ResponseWriter, r *http.Request) {
	token, id, ok := personParams(w, r)
	if !ok {
		return
	}
	if !a.limits.feeds.TryAcquire(1) {
		a.refuseForNow(w, "too many feeds and exports are open; try again")
		return
	}
	defer a.limits.feeds.Release(1)
	e := &export{api: a, w: w, r: r, deadline: writeDeadline{control: http.NewResponseController(w)}, token: token, ids: map[string]bool{}}
	err := e.writePerson(id)
	if err == nil {
		err = e.writeEvents()
	}
	if err == nil {
		err = e.writeLine([]byte(`{"complete":true}`))
	}
	switch {
	case err == nil, r.Context().Err() != nil:
	case !e.begun:
		a.handleStoreError(w, r, err)
	default: // The last line is missing, which tells that the export is not complete.
		a.Log.Error("an export broke off", "error", err)
	}
}

type export struct {
	api      *API
	w        http.ResponseWriter
	r        *http.Request
	deadline writeDeadline
	token    string
	ids      map[string]bool // of the person
	person   string
	begun    bool // something was written
}

func (e *export) writePerson(id string) error {
	for after := ""; ; {
		page, err := e.api.People.Person(e.r.Context(), e.token, id, after, people.MaxPageIDs)
		if err != nil {
			return err
		}
		description, err := e.api.describePerson(e.r.Context(), e.token, page)
		if err != nil {
			return err
		}
		for _, m := range page.IDs {
			e.ids[m.DistinctID] = true
		}
		e.person = page.Original
		line, err := json.Marshal(description)
		if err != nil {
			return err
		}
		if err := e.writeLine(line); err != nil {
			return err
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

func (e *export) writeEvents() error {
	persons := people.Persons{}
	for id := range e.ids {
		persons[id] = e.person
	}
	for last := int64(0); ; {
		events, next, err := e.api.Store.EventsOf(e.r.Context(), e.token, e.ids, last)
		if err != nil {
			return err
		}
		if len(events) > 0 {
			if err := e.writeLine(append(appendEvents([]byte(`{"events":`), events, persons), '}')); err != nil {
				return err
			}
		}
		if last = next; last == 0 {
			return nil
		}
	}
}

func (e *export) writeLine(line []byte) error {
	if !e.begun {
		e.w.Header().Set("Content-Type", "application/x-ndjson")
		e.begun = true
	}
	if err := e.deadline.extend(); err != nil {
		return err
	}
	if _, err := e.w.Write(append(line, '\n')); err != nil {
		return err
	}
	return e.deadline.control.Flush()
}
