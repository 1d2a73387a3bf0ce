package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/identity/jsontext"
)

// feed is one watcher's stream.
type feed struct {
	api      *API
	w        http.ResponseWriter
	deadline writeDeadline
	token    string
	lastID   int64  // the newest event that was written
	moves    uint64 // of the directory, when persons were last compared
	stale    bool   // the watcher was away: what it knows of persons is old
	*knownIDs
}

// begin tells the watcher where it is, so that it can resume even if nothing ever comes.
func (f *feed) writePreamble() error {
	return f.write(fmt.Appendf(nil, "retry: 1000\nid: %d\n\n", f.lastID))
}

// catchUp writes the events since the last, and who moved to another person.
func (f *feed) catchUp(ctx context.Context) error {
	for {
		// Before the events: a claim that comes into the directory meanwhile is announced once more, and is then a move.
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
			f.remember(e.Alias, e.Alias) // Whose it is now is told as a move.
		}
	}
	message := append([]byte("event: events\nid: "), strconv.FormatInt(f.lastID, 10)...)
	message = append(message, "\ndata: "...)
	return f.write(append(f.api.appendEvents(message, events), "\n\n"...))
}

// writeMoves tells of every id that the watcher may show whose person is not what it was; of all of them to one that was away.
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

// skip lets a watcher that cannot keep up, or was away for long, go on near the newest events instead of hours behind.
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

// acquaintances are the ids that a watcher may show, and whose it was told they are. The oldest are forgotten.
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
