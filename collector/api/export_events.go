package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/identity/jsontext"
)

// maxEventExports is how many exports of events may be under way. Each holds a page of a megabyte, as it was read and as it is written.
const maxEventExports = 4

// handleExportEvents answers GET /api/export?token=T&from=F&to=T with the events whose time is in that range, one a line, in the form of
// Mixpanel's raw export: distinct_id is the person that the event belongs to now, and $distinct_id_before_identity the id that it was sent with.
//
// Whether it is complete shows in two ways: an export that breaks off ends with a line that has "error" and no "event", and its connection is cut,
// so that clients who look at nothing else report a transfer that did not end.
func (a *API) handleExportEvents(w http.ResponseWriter, r *http.Request) {
	token, ok := requiredParam(w, r, "token")
	if !ok {
		return
	}
	from, ok := timeParam(w, r, "from", false)
	if !ok {
		return
	}
	to, ok := timeParam(w, r, "to", true)
	if !ok {
		return
	}
	// A day ends when the next one begins, so that of two days in the wrong order the second may end just when the first begins.
	if to < from || to == from && len(r.URL.Query().Get("to")) == len(time.DateOnly) {
		writeError(w, http.StatusBadRequest, "to is before from")
		return
	}
	if !a.limits.exports.TryAcquire(1) {
		a.refuseForNow(w, "too many exports are under way; try again")
		return
	}
	defer a.limits.exports.Release(1)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(a.closing, cancel)()
	control := http.NewResponseController(w)
	e := &eventExport{
		api: a, w: w, deadline: writeDeadline{control: control}, token: token, from: from, to: to, inMS: isTrue(r.URL.Query().Get("time_in_ms")),
	}
	switch err := e.run(ctx); {
	case err == nil:
	case r.Context().Err() != nil, errors.Is(err, errFeedEnded): // The client has disconnected, or does not read.
		panic(http.ErrAbortHandler)
	case !e.begun:
		a.handleStoreError(w, r, err)
	default:
		a.Log.Error("an export broke off", "error", err)
		_ = e.write([]byte(`{"error":"the export broke off here: what follows is missing, ask again"}` + "\n"))
		panic(http.ErrAbortHandler) // Without the end of its last chunk, every client sees that the answer is not complete.
	}
}

func isTrue(text string) bool { return text == "1" || text == "true" }

// timeParam returns a parameter that is a day (as in Mixpanel's export, in UTC) or a moment, in milliseconds since 1970; if it is neither, it answers
// 400 and returns false. A day at the end of a range belongs to it.
func timeParam(w http.ResponseWriter, r *http.Request, name string, isEnd bool) (ms int64, ok bool) {
	value, ok := requiredParam(w, r, name)
	if !ok {
		return 0, false
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		if isEnd {
			day = day.AddDate(0, 0, 1)
		}
		return day.UnixMilli(), true
	}
	// A plus sign that was not escaped is a space by now.
	moment, err := time.Parse(time.RFC3339, strings.Replace(value, " ", "+", 1))
	if err != nil {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("%s must be a day, as 2026-01-31, or a moment, as 2026-01-31T12:00:00Z", name))
		return 0, false
	}
	// Of a fraction of a millisecond, what is before the moment must not count as after it.
	return int64(math.Ceil(float64(moment.Nanosecond())/1e6)) + moment.Unix()*1000, true
}

type eventExport struct {
	api      *API
	w        http.ResponseWriter
	deadline writeDeadline
	token    string
	from, to int64
	inMS     bool // times are written in milliseconds
	begun    bool // something was written
}

func (e *eventExport) run(ctx context.Context) error {
	e.w.Header().Set("Content-Type", "application/x-ndjson")
	for after := ""; ; {
		lines, next, err := e.page(ctx, after)
		if err != nil {
			return err
		}
		if err := e.write(lines); err != nil {
			return fmt.Errorf("%w: the client reads no more: %w", errFeedEnded, err)
		}
		if after = next; after == "" {
			return nil
		}
	}
}

// page returns the lines of the next events. It waits for its turn among those who read much, which ends before the lines are written: a client
// that reads slowly keeps nobody from the database.
func (e *eventExport) page(ctx context.Context, after string) (lines []byte, next string, err error) {
	for _, turn := range []*semaphore.Weighted{e.api.limits.large, e.api.limits.reads} {
		if err := turn.Acquire(ctx, 1); err != nil {
			return nil, "", err
		}
		defer turn.Release(1)
	}
	events, next, err := e.api.Store.EventsBetween(ctx, e.token, e.from, e.to, after)
	if err != nil {
		return nil, "", err
	}
	persons, err := e.api.personsOf(ctx, e.token, events)
	if err != nil {
		return nil, "", err
	}
	for i := range events {
		lines = appendExported(lines, &events[i], persons, e.inMS)
	}
	return lines, next, nil
}

func (e *eventExport) write(lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	if err := e.deadline.extend(); err != nil {
		return err
	}
	e.begun = true
	if _, err := e.w.Write(lines); err != nil {
		return err
	}
	return e.deadline.control.Flush()
}

// exportedNames are the properties that the export itself says; what the client sent under these names is left out. The token is the one that
// was asked for, and Mixpanel's export has none either.
var exportedNames = map[string]bool{
	"time": true, "distinct_id": true, "$insert_id": true, "mp_processing_time_ms": true, "$distinct_id_before_identity": true, "token": true,
}

// appendExported appends an event as a line of an export.
func appendExported(dst []byte, e *event.Stored, persons people.Persons, inMS bool) []byte {
	time := e.TimeMS()
	if !inMS {
		time = int64(math.Floor(float64(time) / 1000))
	}
	dst = append(dst, `{"event":`...)
	dst = jsontext.AppendQuote(dst, e.Name)
	dst = append(dst, `,"properties":{"time":`...)
	dst = jsontext.AppendInt(dst, time)
	dst = append(dst, `,"distinct_id":`...)
	dst = jsontext.AppendQuote(dst, persons.Of(e.DistinctID))
	dst = append(dst, `,"$distinct_id_before_identity":`...)
	dst = jsontext.AppendQuote(dst, e.DistinctID)
	dst = append(dst, `,"$insert_id":`...)
	dst = jsontext.AppendQuote(dst, e.InsertID)
	dst = append(dst, `,"mp_processing_time_ms":`...)
	dst = jsontext.AppendInt(dst, e.ReceivedMS)
	_ = jsontext.Object(e.Properties, func(name, value string) bool { // What is stored was checked.
		if !exportedNames[name] {
			dst = append(dst, ',')
			dst = jsontext.AppendQuote(dst, name)
			dst = append(dst, ':')
			dst = appendOnOneLine(dst, value)
		}
		return true
	})
	return append(dst, "}}\n"...)
}
