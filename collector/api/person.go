package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/identity"
)

type person struct {
	Person    string          `json:"person"` // the original distinct_id
	IDs       []member        `json:"ids"`
	Conflicts []conflict      `json:"conflicts"`
	Events    int             `json:"events"`
	Profile   *people.Profile `json:"profile"`
	// Next is the value of after for the next page of ids; it is missing in the last one.
	Next string `json:"next,omitempty"`
	// MoreConflicts says that there are more conflicts about these ids than are listed.
	MoreConflicts bool `json:"more_conflicts,omitempty"`
}

// member is an id of a person. Members are listed in the order in which their claims were accepted, which is that of seq: their times come
// from the clients' clocks and may be in another order.
type member struct {
	DistinctID string `json:"distinct_id"`
	Joined     string `json:"joined"`
	AliasOf    string `json:"of,omitempty"`
	Seq        int64  `json:"seq,omitempty"`
	TimeMS     int64  `json:"time,omitempty"` // milliseconds since 1970
	InsertID   string `json:"insert_id,omitempty"`
}

// conflict is a claim that lost. Conflicts are listed in the same order as members.
type conflict struct {
	claim
	Owner  string `json:"owner"`
	Reason string `json:"reason"`
	Holder *claim `json:"holder,omitempty"` // the claim that won, if there is one
}

type claim struct {
	Alias      string `json:"alias"`
	DistinctID string `json:"distinct_id"`
	Seq        int64  `json:"seq"`
	TimeMS     int64  `json:"time"`
	InsertID   string `json:"insert_id"`
}

// handlePerson answers GET /api/person?token=T&distinct_id=D&limit=N&after=ID with the person that the id belongs to. Of a person with more
// ids than limit it answers a page, whose next is to be passed as after; events and profile are then those of the ids of the page.
func (a *API) handlePerson(w http.ResponseWriter, r *http.Request) {
	token, id, ok := personParams(w, r)
	if !ok {
		return
	}
	limit, ok := intParam(w, r, "limit", people.MaxPageIDs, 1, people.MaxPageIDs)
	if !ok {
		return
	}
	page, err := a.People.Person(r.Context(), token, id, r.URL.Query().Get("after"), int(limit))
	if errors.Is(err, event.ErrNotMember) {
		writeError(w, http.StatusBadRequest, "after must be the next of a page of this person")
		return
	}
	if err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	description, err := a.describePerson(r.Context(), token, page)
	if err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	writeJSON(w, description)
}

// describePerson adds to a page of a person what is stored of the page's ids.
func (a *API) describePerson(ctx context.Context, token string, page people.Page) (person, error) {
	description := person{
		Person: page.Original, IDs: []member{}, Conflicts: []conflict{}, Next: page.Next, MoreConflicts: page.MoreConflicts,
	}
	var ids []string
	for _, m := range page.IDs {
		description.IDs = append(description.IDs, member(m))
		ids = append(ids, m.DistinctID)
	}
	for _, c := range page.Conflicts {
		lost := conflict{claim: claim(c.Claim), Owner: c.Owner, Reason: c.Reason}
		if c.Reason == identity.ReasonTaken {
			holder := claim(c.Holder)
			lost.Holder = &holder
		}
		description.Conflicts = append(description.Conflicts, lost)
	}
	var err error
	if description.Events, err = a.Store.CountOf(ctx, token, ids); err != nil {
		return person{}, err
	}
	description.Profile, err = a.Store.ProfileOf(ctx, token, "", ids)
	return description, err
}

// handleGroup answers GET /api/group?token=T&group_key=K&group_id=G with the profile that updates to /groups have built.
func (a *API) handleGroup(w http.ResponseWriter, r *http.Request) {
	token, ok := requiredParam(w, r, "token")
	if !ok {
		return
	}
	key, ok := requiredParam(w, r, "group_key")
	if !ok {
		return
	}
	id, ok := requiredParam(w, r, "group_id")
	if !ok {
		return
	}
	profile, err := a.Store.ProfileOf(r.Context(), token, key, []string{id})
	if err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	writeJSON(w, map[string]any{"group_key": key, "group_id": id, "profile": profile})
}
