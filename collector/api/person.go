package api

import (
	"net/http"

	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/identity"
)

type person struct {
	Person    string         `json:"person"` // the original distinct_id
	IDs       []member       `json:"ids"`
	Conflicts []conflict     `json:"conflicts"`
	Events    int            `json:"events"`
	Profile   people.Profile `json:"profile"`
}

type member struct {
	DistinctID string `json:"distinct_id"`
	Joined     string `json:"joined"`
	Of         string `json:"of,omitempty"`
	TimeMS     int64  `json:"time,omitempty"` // milliseconds since 1970
	InsertID   string `json:"insert_id,omitempty"`
}

type conflict struct {
	Alias      string `json:"alias"`
	DistinctID string `json:"distinct_id"`
	TimeMS     int64  `json:"time"`
	InsertID   string `json:"insert_id"`
	Owner      string `json:"owner"`
	Reason     string `json:"reason"`
}

// person answers GET /api/person?token=T&distinct_id=D: everybody whom one of the person's ids names.
func (a *API) person(w http.ResponseWriter, r *http.Request) {
	token, ok := text(w, r, "token")
	if !ok {
		return
	}
	id, ok := text(w, r, "distinct_id")
	if !ok {
		return
	}
	shown, ids := show(a.People.Person(token, id))
	var err error
	if shown.Events, err = a.Store.CountOf(r.Context(), token, ids); err != nil {
		a.failed(w, r, err)
		return
	}
	if err := a.Store.UpdatesOf(r.Context(), token, "", ids, shown.Profile.Apply); err != nil {
		a.failed(w, r, err)
		return
	}
	answer(w, shown)
}

func show(p identity.Person) (shown person, ids []string) {
	shown = person{Person: p.Original, IDs: []member{}, Conflicts: []conflict{}, Profile: people.Profile{}}
	for _, m := range p.IDs {
		shown.IDs = append(shown.IDs, member(m))
		ids = append(ids, m.DistinctID)
	}
	for _, c := range p.Conflicts {
		shown.Conflicts = append(shown.Conflicts, conflict{c.Alias, c.DistinctID, c.TimeMS, c.InsertID, c.Owner, c.Reason})
	}
	return shown, ids
}

// group answers GET /api/group?token=T&group_key=K&group_id=G: what /groups was told.
func (a *API) group(w http.ResponseWriter, r *http.Request) {
	token, ok := text(w, r, "token")
	if !ok {
		return
	}
	key, ok := text(w, r, "group_key")
	if !ok {
		return
	}
	id, ok := text(w, r, "group_id")
	if !ok {
		return
	}
	profile := people.Profile{}
	if err := a.Store.UpdatesOf(r.Context(), token, key, []string{id}, profile.Apply); err != nil {
		a.failed(w, r, err)
		return
	}
	answer(w, map[string]any{"group_key": key, "group_id": id, "profile": profile})
}
