package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity/jsontext"
)

// appendEvents appends events as the read side shows them, each with the person it belongs to now. It puts them on one line, as
// server-sent events need it: properties are raw JSON, in which only white space can be a line's end.
func (a *API) appendEvents(dst []byte, events []event.Stored) []byte {
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
		dst = append(dst, `,"distinct_id":`...)
		dst = jsontext.AppendQuote(dst, e.DistinctID)
		dst = append(dst, `,"person":`...)
		dst = jsontext.AppendQuote(dst, a.People.Resolve(e.Token, e.DistinctID))
		dst = append(dst, `,"insert_id":`...)
		dst = jsontext.AppendQuote(dst, e.InsertID)
		dst = append(dst, `,"properties":`...)
		start := len(dst)
		dst = append(dst, e.Properties...)
		for j, c := range dst[start:] {
			if c == '\n' || c == '\r' {
				dst[start+j] = ' '
			}
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // The only error is a closed connection.
}

// refuse says in one line why there is no answer.
func writeError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// failed is for what the client cannot help.
func (a *API) handleStoreError(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // It has gone.
	}
	a.Log.Error("not read", "path", r.URL.Path, "error", err)
	w.Header().Set("Retry-After", "5")
	writeError(w, http.StatusServiceUnavailable, "the database cannot be read now; try again")
}

// text returns a query's parameter, or refuses where there is none.
func requiredParam(w http.ResponseWriter, r *http.Request, name string) (string, bool) {
	value := r.URL.Query().Get(name)
	if value == "" {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("%s is missing: say ?%s=...", name, name))
	}
	return value, value != ""
}

// number returns a query's parameter, or refuses where it is none from least to most.
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
