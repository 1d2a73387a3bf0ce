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
	lastID   int64  // the newest event that was written
	moves    uint64 // Directory.Moves when persons were last compared
	stale    bool   // the client has reconnected, so that the persons it shows may be out of date
	*knownIDs
}

// writePreamble sends the position of the feed, so that the client can resume from it even if no event ever comes.
func (f *feed) writePreamble() error {
	return f.write(fmt.Appendf(nil, "retry: 1000\nid: %d\n\n", f.lastID))
}

// catchUp writes the events since lastID, and the ids that now belong to another person.
func (f *feed) catchUp(ctx context.Context) error {
	for {
		// This is read before the events: a claim that is added meanwhile is then sent again as a move, instead of being missed.
		moves := f.api.People.Moves(f.token)
		events, err := f.api.Store.After(ctx, f.token, f.lastID, maxLimit)
		if err != nil {
			return err
		}
		if err := f.writeEvents(events); err != nil {
			return err
		}
		caughtUp := len(events) == 0
		if moves != f.moves || f.stale && caughtUp {
			if err := f.writeMoves(f.stale && caughtUp); err != nil {
				return err
			}
			f.moves = moves
		}
		if caughtUp {
			f.stale = false
			return nil
		}
		if err := f.skipBacklog(ctx, len(events)); err != nil {
			return err
		}
	}
}

func (f *feed) writeEvents(events []event.Stored) error {
	if len(events) == 0 {
		return nil
	}
	f.lastID = events[len(events)-1].ID
	for _, e := range events {
		f.remember(e.DistinctID, f.api.People.Resolve(f.token, e.DistinctID))
		if e.Alias != "" {
			f.remember(e.Alias, e.Alias) // The person that it now belongs to is sent as a move.
		}
	}
	message := append([]byte("event: events\nid: "), strconv.FormatInt(f.lastID, 10)...)
	message = append(message, "\ndata: "...)
	return f.write(append(f.api.appendEvents(message, events), "\n\n"...))
}

// writeMoves writes every known id whose person has changed; with all, every known id.
func (f *feed) writeMoves(all bool) error {
	var message []byte
	for _, id := range f.ids {
		person := f.api.People.Resolve(f.token, id)
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
	f.lastID = id
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
