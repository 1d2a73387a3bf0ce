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
	// heartbeatInterval is how often a feed without events sends a comment, so that proxies do not close the connection.
	heartbeatInterval = 15 * time.Second
	// writeTimeout is how long a feed waits for a client that does not read.
	writeTimeout = 20 * time.Second
	// maxBacklog is how many missed events a client gets; of more than these it gets the newest.
	maxBacklog = 10_000
	// recentEvents is how many events before the start of the feed have ids whose moves the client is told.
	recentEvents = 1000
)

// errFeedEnded is returned by a feed that ended for an ordinary reason.
var errFeedEnded = errors.New("the feed has ended")

// handleLive answers GET /api/live?token=T with server-sent events: first what was missed since Last-Event-ID, then each commit.
func (a *API) handleLive(w http.ResponseWriter, r *http.Request) {
	token, ok := requiredParam(w, r, "token")
	if !ok {
		return
	}
	if !a.limits.feeds.TryAcquire(1) {
		a.refuseForNow(w, "too many live feeds are open; try again")
		return
	}
	defer a.limits.feeds.Release(1)
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})             // The server's timeouts are for requests that end.
	notified, unsubscribe := a.Notifier.Subscribe(token) // before reading the newest event, so that no event in between is missed
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

// start determines where the feed begins.
func (f *feed) start(ctx context.Context, lastID int64, resumed bool) error {
	newest, err := f.api.Store.Newest(ctx, f.token, math.MaxInt64, 1)
	if err != nil {
		return err
	}
	newestID := int64(0)
	if len(newest) > 0 {
		newestID = newest[0].ID
	}
	if !resumed || lastID > newestID { // A greater id is from another database, even if this one is still empty.
		lastID = newestID
	}
	f.resets = f.api.People.Resets()
	ids, err := f.api.Store.RecentIDs(ctx, f.token, recentEvents)
	if err != nil {
		return err
	}
	persons, err := f.api.People.Resolve(ctx, f.token, ids...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f.remember(id, persons.Of(id))
	}
	f.lastID, f.stale = lastID, resumed
	return nil
}

// stream writes new events whenever it is notified, until the client disconnects or the API is closed.
func (f *feed) stream(ctx context.Context, notified <-chan struct{}) error {
	h := f.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx must not buffer the feed.
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
