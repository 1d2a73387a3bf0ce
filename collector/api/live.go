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
	pulse = 15 * time.Second
	// patience is how long a feed waits for a watcher that reads nothing.
	patience = 20 * time.Second
	// behind is how many events a watcher may have missed; of more it gets the newest.
	behind = 10_000
	// known is how many ids of earlier events a feed tells of when they move to another person.
	known = 1000
)

// errEnded is why a feed ends that nothing is wrong with.
var errEnded = errors.New("the feed has ended")

// live answers GET /api/live?token=T: server-sent events. What was missed since Last-Event-ID comes first, then every commit.
func (a *API) live(w http.ResponseWriter, r *http.Request) {
	token, ok := text(w, r, "token")
	if !ok {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // The server's deadlines are for requests that end.
	news, stop := a.Bell.Listen(token)       // before looking at what there is, so that nothing falls between
	defer stop()
	f := &feed{api: a, w: w, deadline: deadline{control: control}, token: token, acquaintances: newAcquaintances()}
	defer context.AfterFunc(a.closing, f.deadline.end)()
	resume, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	if err := f.open(r.Context(), resume, err == nil && resume >= 0); err != nil {
		a.failed(w, r, err)
		return
	}
	err = f.follow(r.Context(), news)
	if err != nil && !errors.Is(err, errEnded) && r.Context().Err() == nil {
		a.Log.Error("a live feed broke off", "error", err)
	}
}

// open finds out where the feed begins.
func (f *feed) open(ctx context.Context, last int64, resumed bool) error {
	newest, err := f.api.Store.Newest(ctx, f.token, math.MaxInt64, 1)
	if err != nil {
		return err
	}
	there := int64(0)
	if len(newest) > 0 {
		there = newest[0].ID
	}
	if !resumed || last > there { // A greater id is of another database, be this one still empty.
		last = there
	}
	f.moves = f.api.People.Moves(f.token)
	ids, err := f.api.Store.RecentIDs(ctx, f.token, known)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f.meet(id, f.api.People.Resolve(f.token, id))
	}
	f.last, f.stale = last, resumed
	return nil
}

// follow writes what is new, whenever there is news, until somebody goes.
func (f *feed) follow(ctx context.Context, news <-chan struct{}) error {
	h := f.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // A proxy in between must not collect it.
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	if err := f.begin(); err != nil {
		return err
	}
	for {
		if err := f.catchUp(ctx); err != nil {
			return err
		}
		select {
		case <-news:
		case <-ticker.C:
			if err := f.write([]byte(": alive\n\n")); err != nil {
				return err
			}
		case <-f.api.closing.Done():
			return errEnded
		case <-ctx.Done():
			return errEnded
		}
	}
}
