package server

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/throughline/throughline/collector/sqlite"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// event is an event as the read side shows it.
type event struct {
	ID         int64           `json:"id"`
	Event      string          `json:"event"`
	Time       int64           `json:"time"` // milliseconds since 1970
	DistinctID string          `json:"distinct_id"`
	Person     string          `json:"person"`
	InsertID   string          `json:"insert_id"`
	Properties json.RawMessage `json:"properties"`
}

func (s *server) show(rows []sqlite.Row) []event {
	events := make([]event, len(rows))
	for i, r := range rows {
		events[i] = event{r.ID, r.Event, r.TimeMS, r.DistinctID, s.People.Resolve(r.Token, r.DistinctID), r.InsertID, json.RawMessage(r.Properties)}
	}
	return events
}

func (s *server) events(w http.ResponseWriter, r *http.Request) {
	token, ok := project(w, r)
	if !ok {
		return
	}
	limit, err := number(r, "limit", defaultLimit, 1, maxLimit)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	before, err := number(r, "before", math.MaxInt64, 0, math.MaxInt64)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	rows, err := s.Store.Newest(r.Context(), token, int(limit), before)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"events": s.show(rows)})
}

type member struct {
	DistinctID string `json:"distinct_id"`
	Joined     string `json:"joined"`
	Of         string `json:"of,omitempty"`
	TimeMS     int64  `json:"time,omitempty"`
	InsertID   string `json:"insert_id,omitempty"`
}

type conflict struct {
	Alias      string `json:"alias"`
	DistinctID string `json:"distinct_id"`
	Time       int64  `json:"time"`
	InsertID   string `json:"insert_id"`
	Owner      string `json:"owner"`
	Reason     string `json:"reason"`
}

func (s *server) person(w http.ResponseWriter, r *http.Request) {
	token, ok := project(w, r)
	if !ok {
		return
	}
	id := r.URL.Query().Get("distinct_id")
	if id == "" {
		writeError(w, http.StatusBadRequest, "say whom: distinct_id=...")
		return
	}
	p := s.People.Person(token, id)
	members, conflicts, ids := []member{}, []conflict{}, []string{}
	for _, m := range p.IDs {
		members, ids = append(members, member(m)), append(ids, m.DistinctID)
	}
	for _, c := range p.Conflicts {
		conflicts = append(conflicts, conflict{c.Alias, c.DistinctID, c.TimeMS, c.InsertID, c.Owner, c.Reason})
	}
	count, err := s.Store.CountOf(r.Context(), token, ids)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	updates, err := s.Store.UpdatesOf(r.Context(), token, ids)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"person": p.Original, "ids": members, "conflicts": conflicts, "events": count, "profile": profile(updates),
	})
}

// profile applies the updates that say what a profile holds. The others are kept, and counted by Mixpanel's own servers only.
func profile(updates []string) map[string]json.RawMessage {
	held := map[string]json.RawMessage{}
	for _, update := range updates {
		var u struct {
			Set     map[string]json.RawMessage `json:"$set"`
			SetOnce map[string]json.RawMessage `json:"$set_once"`
			Unset   []string                   `json:"$unset"`
			Delete  *json.RawMessage           `json:"$delete"`
		}
		if json.Unmarshal([]byte(update), &u) != nil {
			continue
		}
		if u.Delete != nil {
			clear(held)
		}
		for name, value := range u.Set {
			held[name] = value
		}
		for name, value := range u.SetOnce {
			if _, there := held[name]; !there {
				held[name] = value
			}
		}
		for _, name := range u.Unset {
			delete(held, name)
		}
	}
	return held
}

// pulse is how often a silent feed shows that it lives.
const pulse = 15 * time.Second

// live is a feed of server-sent events: what was missed since Last-Event-ID, then each commit.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	token, ok := project(w, r)
	if !ok {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	rows, stop := s.Hub.Watch(token) // before reading what was missed: nothing falls between
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = fmt.Fprint(w, ": live\n\n")
	last, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	for missed := err == nil; missed; {
		page, err := s.Store.After(r.Context(), token, last, maxLimit)
		if err != nil || len(page) == 0 {
			break
		}
		s.feed(w, page)
		last = page[len(page)-1].ID
		missed = len(page) == maxLimit
	}
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	for {
		if err := control.Flush(); err != nil {
			return
		}
		select {
		case commit, more := <-rows:
			if !more {
				return // It fell behind: the browser comes back with the last id.
			}
			s.feed(w, newer(commit, last))
		case <-ticker.C:
			_, _ = fmt.Fprint(w, ": alive\n\n")
		case <-s.closing:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func newer(rows []sqlite.Row, id int64) []sqlite.Row {
	for len(rows) > 0 && rows[0].ID <= id {
		rows = rows[1:]
	}
	return rows
}

func (s *server) feed(w http.ResponseWriter, rows []sqlite.Row) {
	if len(rows) == 0 {
		return
	}
	events, err := json.Marshal(s.show(rows))
	if err != nil {
		s.Log.Error("events that cannot be shown", "error", err)
		return
	}
	_, _ = fmt.Fprintf(w, "event: events\nid: %d\ndata: %s\n\n", rows[len(rows)-1].ID, events)
	for _, row := range rows {
		if row.Alias == "" {
			continue
		}
		moved, _ := json.Marshal(map[string]string{"distinct_id": row.Alias, "person": s.People.Resolve(row.Token, row.Alias)})
		_, _ = fmt.Fprintf(w, "event: person\ndata: %s\n\n", moved)
	}
}

func (s *server) failed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	s.Log.Error("not read", "path", r.URL.Path, "error", err)
	writeError(w, http.StatusServiceUnavailable, "the database cannot be read; try again")
}

func project(w http.ResponseWriter, r *http.Request) (string, bool) {
	token := r.URL.Query().Get("token")
	if token == "" {
		writeError(w, http.StatusBadRequest, "say which project: token=...")
	}
	return token, token != ""
}

func number(r *http.Request, name string, otherwise, least, most int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
