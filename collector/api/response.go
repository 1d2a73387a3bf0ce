package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/identity/jsontext"
)

// appendEvents appends events in the format of the API, each with the person it belongs to now. The result is one line, as server-sent
// events require: in raw JSON a line break can only be white space, and is replaced by a space.
func appendEvents(dst []byte, events []event.Stored, persons people.Persons) []byte {
	dst = append(dst, '[')
	for i, e := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"id":`...)
		dst = jsontext.AppendInt(dst, e.ID)
		dst = append(dst, `,"event":`...)
		dst = jsontext.AppendQuote(dst, e.Name)
		dst = append(dst, `,"time":`...)
		dst = jsontext.AppendInt(dst, e.TimeMS())
		dst = append(dst, `,"received":`...)
		dst = jsontext.AppendInt(dst, e.ReceivedMS)
		if e.IsAhead() {
			dst = append(dst, `,"clock":"ahead"`...)
		}
		dst = append(dst, `,"distinct_id":`...)
		dst = jsontext.AppendQuote(dst, e.DistinctID)
		dst = append(dst, `,"person":`...)
		dst = jsontext.AppendQuote(dst, persons.Of(e.DistinctID))
		dst = append(dst, `,"insert_id":`...)
		dst = jsontext.AppendQuote(dst, e.InsertID)
		dst = append(dst, `,"properties":`...)
		dst = appendOnOneLine(dst, e.Properties)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendOnOneLine appends raw JSON with spaces in place of its line breaks.
func appendOnOneLine(dst []byte, raw string) []byte {
	start := len(dst)
	dst = append(dst, raw...)
	for i, c := range dst[start:] {
		if c == '\n' || c == '\r' {
			dst[start+i] = ' '
		}
	}
	return dst
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // The only error is a closed connection.
}

// writeError answers with a status and the reason in one line.
func writeError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// handleStoreError answers a request that failed for a reason which the client cannot help.
func (a *API) handleStoreError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return // The client has disconnected.
	}
	a.Log.Error("not read", "path", r.URL.Path, "error", err)
	a.refuseForNow(w, "the database cannot be read now; try again")
}

// requiredParam returns a parameter of the query; if it is missing it answers 400 and returns false.
func requiredParam(w http.ResponseWriter, r *http.Request, name string) (string, bool) {
	value := r.URL.Query().Get(name)
	if value == "" {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("%s is missing: say ?%s=...", name, name))
	}
	return value, value != ""
}

// personParams returns the parameters that name a person; if one is missing it answers 400 and returns false.
func personParams(w http.ResponseWriter, r *http.Request) (token, distinctID string, ok bool) {
	if token, ok = requiredParam(w, r, "token"); !ok {
		return "", "", false
	}
	distinctID, ok = requiredParam(w, r, "distinct_id")
	return token, distinctID, ok
}

// intParam returns a parameter of the query, or fallback if it is missing; if it is not a whole number from lowest to highest it answers
// 400 and returns false.
func intParam(w http.ResponseWriter, r *http.Request, name string, fallback, lowest, highest int64) (int64, bool) {
	value := r.URL.Query().Get(name)
	if value == "" {
		return fallback, true
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < lowest || n > highest {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("%s must be a whole number from %d to %d", name, lowest, highest))
		return 0, false
	}
	return n, true
}
