package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity/jsontext"
)

// feed is one client's live feed.
type feed struct {
	api      *API
	w        http.ResponseWriter
	deadline writeDeadline
	token    string
	lastID   int64 // the newest event that was written
	// stale is true if the persons that the client shows may be out of date: it has reconnected, events were skipped, or somebody was deleted.
	stale  bool
	resets uint64 // of the directory, when the client was last told all persons
	*knownIDs
}

// writePreamble sends the position of the feed, so that the client can resume from it even if no event ever comes.
func (f *feed) writePreamble() error {
	return f.write(fmt.Appendf(nil, "retry: 1000\nid: %d\n\n", f.lastID))
}

// catchUp writes the events since lastID, and the ids that now belong to another person. Every claim is an event too, so the events tell
// which persons may have moved; they are read before their persons are, so that a claim that is added meanwhile is sent again as a move, instead
// of being missed.
func (f *feed) catchUp(ctx context.Context) error {
	for {
		if resets := f.api.People.Resets(); resets != f.resets {
			f.resets, f.stale = resets, true
		}
		events, err := f.api.Store.After(ctx, f.token, f.lastID, maxLimit)
		if err != nil {
			return err
		}
		if err := f.writeEvents(ctx, events); err != nil {
			return err
		}
		if len(events) == 0 {
			if f.stale {
				err = f.writeMoves(ctx, f.ids, true)
			}
			f.stale = f.stale && err != nil
			return err
		}
		if err := f.writeMoves(ctx, f.membersOf(events), false); err != nil {
			return err
		}
		if err := f.skipBacklog(ctx, len(events)); err != nil {
			return err
		}
	}
}

func (f *feed) writeEvents(ctx context.Context, events []event.Stored) error {
	if len(events) == 0 {
		return nil
	}
	persons, err := f.api.personsOf(ctx, f.token, events)
	if err != nil {
		return err
	}
	f.lastID = events[len(events)-1].ID
	for _, e := range events {
		f.remember(e.DistinctID, persons.Of(e.DistinctID))
		if e.Alias != "" {
			f.remember(e.Alias, e.Alias) // The person that it now belongs to is sent as a move.
		}
	}
	message := append([]byte("event: events\nid: "), strconv.FormatInt(f.lastID, 10)...)
	message = append(message, "\ndata: "...)
	return f.write(append(appendEvents(message, events, persons), "\n\n"...))
}

// writeMoves writes those of the ids whose person has changed; with all, all of them.
func (f *feed) writeMoves(ctx context.Context, ids []string, all bool) error {
	if len(ids) == 0 {
		return nil
	}
	persons, err := f.api.People.Resolve(ctx, f.token, ids...)
	if err != nil {
		return err
	}
	var message []byte
	for _, id := range ids {
		person := persons.Of(id)
		if person == f.person[id] && !all {
			continue
		}
		f.person[id] = person
		message = append(message, `event: person`+"\n"+`data: {"distinct_id":`...)
		message = jsontext.AppendQuote(message, id)
		message = append(message, `,"person":`...)
		message = jsontext.AppendQuote(message, person)
		message = append(message, "}\n\n"...)
	}
	if message == nil {
		return nil
	}
	return f.write(message)
}

// skipBacklog moves a feed that is far behind close to the newest events, and tells the client which events it does not get.
func (f *feed) skipBacklog(ctx context.Context, count int) error {
	if count < maxLimit {
		return nil
	}
	id, err := f.api.Store.NthNewest(ctx, f.token, maxBacklog)
	if err != nil || id <= f.lastID {
		return err
	}
	message := fmt.Appendf(nil, "event: skipped\nid: %d\ndata: {\"after\":%d,\"before\":%d}\n\n", id, f.lastID, id+1)
	f.lastID, f.stale = id, true // Claims are among the skipped events.
	return f.write(message)
}

func (f *feed) write(message []byte) error {
	err := f.deadline.extend()
	if err == nil {
		_, err = f.w.Write(message)
	}
	if err == nil {
		err = f.deadline.control.Flush()
	}
	if err != nil {
		return fmt.Errorf("%w: the watcher reads no more: %w", errFeedEnded, err)
	}
	return nil
}

// knownIDs are the ids that the client may be showing, each with the person that it was last told. When there are too many, the oldest are
// dropped.
type knownIDs struct {
	person map[string]string
	ids    []string
}

const maxKnownIDs = 5000

func newKnownIDs() *knownIDs { return &knownIDs{person: map[string]string{}} }

func (a *knownIDs) remember(id, person string) {
	if _, known := a.person[id]; known {
		return
	}
	if len(a.ids) == maxKnownIDs {
		delete(a.person, a.ids[0])
		a.ids = a.ids[1:]
	}
	a.person[id] = person
	a.ids = append(a.ids, id)
}

// membersOf returns the known ids that these events may have moved to another person: those of a person whose original distinct_id one of
// them claims as an alias. A claim moves nobody else, because what holds already is never taken back.
func (a *knownIDs) membersOf(events []event.Stored) (ids []string) {
	aliases := map[string]bool{}
	for _, e := range events {
		if e.Alias != "" {
			aliases[e.Alias] = true
		}
	}
	if len(aliases) == 0 {
		return nil
	}
	for _, id := range a.ids {
		if aliases[a.person[id]] {
			ids = append(ids, id)
		}
	}
	return ids
}
