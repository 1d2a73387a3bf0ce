package server

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/throughline/throughline/collector/ingest"
	"github.com/throughline/throughline/collector/sqlite"
)

// ingest lets any site's pages send: these doors take, and tell nothing.
func (s *server) ingest(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if origin := r.Header.Get("Origin"); origin != "" {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Expose-Headers", "Retry-After")
			h.Add("Vary", "Origin")
		}
		h.Set("Cache-Control", "no-store")
		switch r.Method {
		case http.MethodOptions:
			h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, X-Requested-With")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
		case http.MethodGet, http.MethodPost:
			next(w, r)
		default:
			h.Set("Allow", "GET, POST, OPTIONS")
			s.refuse(w, r, http.StatusMethodNotAllowed, "send events with POST, or GET with data= in the address")
		}
	})
}

func (s *server) track(w http.ResponseWriter, r *http.Request) {
	records, ok := s.records(w, r)
	if !ok {
		return
	}
	events, faults := ingest.Events(records, basicUser(r), s.Now())
	rows, ok := s.store(w, r, sqlite.Batch{Events: events})
	if !ok {
		return
	}
	answer := trackAnswer{Status: 1, Taken: s.taken(events, rows)}
	if len(faults) > 0 {
		good := len(events)
		answer.Status, answer.Good, answer.Failed = 0, &good, faults
		message := "record " + strconv.Itoa(faults[0].Index) + ": " + faults[0].Message
		answer.Error = &message
		s.answer(w, r, http.StatusBadRequest, answer)
		return
	}
	s.answer(w, r, http.StatusOK, answer)
}

// trackAnswer is Mixpanel's verbose answer, and what we add to it.
type trackAnswer struct {
	Status int            `json:"status"`
	Error  *string        `json:"error"`
	Good   *int           `json:"num_good_events,omitempty"`
	Failed []ingest.Fault `json:"failed_records,omitempty"`
	Taken  []takenAlias   `json:"alias_taken,omitempty"`
}

// takenAlias tells a client that an alias it asked for belongs to somebody else.
type takenAlias struct {
	Alias      string `json:"alias"`
	Owner      string `json:"owner"`
	DistinctID string `json:"distinct_id"`
	InsertID   string `json:"insert_id"`
}

// taken asks anew for every alias of the request, for a repeated request deserves the same answer.
func (s *server) taken(events []ingest.Event, _ []sqlite.Row) []takenAlias {
	var taken []takenAlias
	for _, e := range events {
		if e.Alias == "" {
			continue
		}
		owner := s.People.Resolve(e.Token, e.Alias)
		if owner != s.People.Resolve(e.Token, e.DistinctID) {
			taken = append(taken, takenAlias{e.Alias, owner, e.DistinctID, e.InsertID})
		}
	}
	return taken
}

func (s *server) engage(w http.ResponseWriter, r *http.Request) {
	records, ok := s.records(w, r)
	if !ok {
		return
	}
	updates, faults := ingest.Updates(records)
	if _, ok := s.store(w, r, sqlite.Batch{Updates: updates}); !ok {
		return
	}
	answer := trackAnswer{Status: 1}
	if len(faults) > 0 {
		answer.Status, answer.Failed = 0, faults
		message := "record " + strconv.Itoa(faults[0].Index) + ": " + faults[0].Message
		answer.Error = &message
		s.answer(w, r, http.StatusBadRequest, answer)
		return
	}
	s.answer(w, r, http.StatusOK, answer)
}

// importEvents is /import: old events, by a server that says who it is. Its answer has Mixpanel's own form.
func (s *server) importEvents(w http.ResponseWriter, r *http.Request) {
	if basicUser(r) == "" && r.URL.Query().Get("api_key") == "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="import"`)
		s.refuse(w, r, http.StatusUnauthorized, "import needs Basic authentication, with the project's token or secret as the user")
		return
	}
	records, ok := s.records(w, r)
	if !ok {
		return
	}
	events, faults := ingest.Events(records, basicUser(r), s.Now())
	if _, ok := s.store(w, r, sqlite.Batch{Events: events}); !ok {
		return
	}
	form := r.Method == http.MethodGet || strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if form && len(faults) == 0 { // the older way to import, answered as /track is
		s.answer(w, r, http.StatusOK, trackAnswer{Status: 1})
		return
	}
	answer := importAnswer{Code: http.StatusOK, Imported: len(events), Status: "OK"}
	if len(faults) > 0 {
		answer = importAnswer{http.StatusBadRequest, "some data points in the request failed validation", faults, len(events), "Bad Request"}
	}
	writeJSON(w, answer.Code, answer)
}

type importAnswer struct {
	Code     int            `json:"code"`
	Error    string         `json:"error,omitempty"`
	Failed   []ingest.Fault `json:"failed_records,omitempty"`
	Imported int            `json:"num_records_imported"`
	Status   string         `json:"status"`
}

// records reads a request's records, or answers what is wrong with it.
func (s *server) records(w http.ResponseWriter, r *http.Request) ([]string, bool) {
	var records []string
	var err error
	if r.Method == http.MethodGet {
		records, err = ingest.Data(r.URL.Query().Get("data"))
	} else {
		var body []byte
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err == nil {
			if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "gzip" && encoding != "identity" {
				s.refuse(w, r, http.StatusUnsupportedMediaType, "the body's encoding is not known here: send gzip, or plain")
				return nil, false
			}
			records, err = ingest.Records(body, maxBody)
		}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return records, true
	case errors.As(err, &tooLarge), errors.Is(err, ingest.ErrTooLarge), errors.Is(err, ingest.ErrManyRecords):
		s.refuse(w, r, http.StatusRequestEntityTooLarge, "the request is too large: at most 10 MB and 2000 records")
	case errors.Is(err, ingest.ErrNoData), errors.Is(err, ingest.ErrNotJSON), errors.Is(err, ingest.ErrBadGzip):
		s.refuse(w, r, http.StatusBadRequest, err.Error())
	default: // The body ended early, or never came.
		s.refuse(w, r, http.StatusRequestTimeout, "the body did not arrive whole")
	}
	return nil, false
}

// store answers only after the commit. A client keeps what was not stored, and asks again.
func (s *server) store(w http.ResponseWriter, r *http.Request, batch sqlite.Batch) ([]sqlite.Row, bool) {
	if len(batch.Events)+len(batch.Updates) == 0 {
		return nil, true
	}
	rows, err := s.Store.Store(r.Context(), batch)
	if err != nil {
		s.Log.Error("not stored, the client will ask again", "events", len(batch.Events), "error", err)
		w.Header().Set("Retry-After", "5")
		s.refuse(w, r, http.StatusServiceUnavailable, "nothing was stored: the database cannot be written to; try again")
		return nil, false
	}
	return rows, true
}

func (s *server) refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	s.answer(w, r, status, trackAnswer{Error: &message})
}

var callbackName = regexp.MustCompile(`^[A-Za-z_$][\w$.\[\]]{0,99}$`)

// pixel is a transparent GIF of 1x1.
var pixel, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

// answer says 1 or 0, as Mixpanel does; with verbose=1 more; as a script for JSONP and as a picture for img.
func (s *server) answer(w http.ResponseWriter, r *http.Request, status int, a trackAnswer) {
	query := r.URL.Query()
	text := strconv.Itoa(a.Status)
	contentType := "text/plain; charset=utf-8"
	if query.Get("verbose") == "1" {
		encoded, _ := json.Marshal(a)
		text, contentType = string(encoded), "application/json"
	}
	if callback := query.Get("callback"); callback != "" {
		if !callbackName.MatchString(callback) {
			http.Error(w, "the callback is not the name of a function", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = io.WriteString(w, callback+"("+text+");") // a script with another status than 200 would never run
		return
	}
	if query.Get("img") == "1" {
		w.Header().Set("Content-Type", "image/gif")
		w.WriteHeader(status)
		_, _ = w.Write(pixel)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func basicUser(r *http.Request) string {
	user, _, _ := r.BasicAuth()
	return user
}
