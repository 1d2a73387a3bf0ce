package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"
)

const (
	// pulse is how often a silent feed shows that it lives.
	heartbeatInterval = 15 * time.Second
	// patience is how long a feed waits for a watcher that reads nothing.
	writeTimeout = 20 * time.Second
	// behind is how many events a watcher may have missed; of more it gets the newest.
	maxBacklog = 10_000
	// known is how many ids of earlier events a feed tells of when they move to another person.
	recentEvents = 1000
)

// errEnded is why a feed ends that nothing is wrong with.
var errFeedEnded = errors.New("the feed has ended")

// live answers GET /api/live?token=T: server-sent events. What was missed since Last-Event-ID comes first, then every commit.
func (a *API) handleLive(w http.ResponseWriter, r *http.Request) {
	token, ok := requiredParam(w, r, "token")
	if !ok {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})             // The server's deadlines are for requests that end.
	notified, unsubscribe := a.Notifier.Subscribe(token) // before looking at what there is, so that nothing falls between
	defer unsubscribe()
	f := &feed{api: a, w: w, deadline: writeDeadline{control: control}, token: token, knownIDs: newKnownIDs()}
	defer context.AfterFunc(a.closing, f.deadline.expire)()
	resume, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	if err := f.start(r.Context(), resume, err == nil && resume >= 0); err != nil {
		a.handleStoreError(w, r, err)
		return
	}
	err = f.stream(r.Context(), notified)
	if err != nil && !errors.Is(err, errFeedEnded) && r.Context().Err() == nil {
		a.Log.Error("a live feed broke off", "error", err)
	}
}

// open finds out where the feed begins.
func (f *feed) start(ctx context.Context, lastID int64, resumed bool) error {
	newest, err := f.api.Store.Newest(ctx, f.token, math.MaxInt64, 1)
	if err != nil {
		return err
	}
	newestID := int64(0)
	if len(newest) > 0 {
		newestID = newest[0].ID
	}
	if !resumed || lastID > newestID { // A greater id is of another database, be this one still empty.
		lastID = newestID
	}
	f.moves = f.api.People.Moves(f.token)
	ids, err := f.api.Store.RecentIDs(ctx, f.token, recentEvents)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f.remember(id, f.api.People.Resolve(f.token, id))
	}
	f.lastID, f.stale = lastID, resumed
	return nil
}

// follow writes what is new, whenever there is news, until somebody goes.
func (f *feed) stream(ctx context.Context, notified <-chan struct{}) error {
	h := f.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // A proxy in between must not collect it.
	ticker := time.NewTicker(heartbeatInterval)
	defer ticker.Stop()
	if err := f.writePreamble(); err != nil {
		return err
	}
	for {
		if err := f.catchUp(ctx); err != nil {
			return err
		}
		select {
		case <-notified:
		case <-ticker.C:
			if err := f.write([]byte(": alive\n\n")); err != nil {
				return err
			}
		case <-f.api.closing.Done():
			return errFeedEnded
		case <-ctx.Done():
			return errFeedEnded
		}
	}
}
