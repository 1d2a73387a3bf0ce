package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/throughline/throughline/collector/event"
)

// background follows the log of commits, and does what is to be done by and by: profiles are summarized, deleted profiles forgotten, events of
// deleted persons and old ones deleted. Every collector does that, in steps that do not get in each other's way.
type background struct {
	store   *Store
	ctx     context.Context
	cancel  context.CancelFunc
	stopped sync.WaitGroup
	work    chan struct{} // has a value when there may be something to do at once
	n       int64         // the last commit that was followed

	mu      sync.Mutex
	touched map[subject]struct{} // whose profile was updated, and may be due for a summary
}

// subject is whom a profile is of.
type subject struct {
	project      int32
	groupKey, id string
}

const (
	// followInterval is how often the log is read: with it, Live View shows what another collector took within a tenth of a second.
	followInterval = 50 * time.Millisecond
	// cleanInterval is how often is looked for what is too old, and for what a collector that was killed has left undone.
	cleanInterval = time.Minute
	// maxTouched limits how many profiles are remembered. Those that are forgotten are summarized after a later update.
	maxTouched = 10_000
)

func newBackground(s *Store) *background {
	b := &background{store: s, work: make(chan struct{}, 1), touched: map[subject]struct{}{}}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// start begins to follow the log at its end.
func (b *background) start(ctx context.Context) error {
	err := query(ctx, b.store.reserved, []any{&b.n}, func() {}, "SELECT coalesce(max(n), 0) FROM log")
	if err != nil {
		return fmt.Errorf("find the end of the log: %w", err)
	}
	b.stopped.Go(b.follow)
	b.wake()
	b.stopped.Go(b.loop)
	return nil
}

func (b *background) stop() {
	b.cancel()
	b.stopped.Wait()
}

func (b *background) wake() {
	select {
	case b.work <- struct{}{}:
	default: // It will look anyway.
	}
}

const followSQL = `SELECT n, tokens, erased FROM log WHERE n > $1 ORDER BY n LIMIT 1000`

// follow passes on what other collectors committed, and this one.
func (b *background) follow() {
	for {
		select {
		case <-time.After(followInterval):
		case <-b.ctx.Done():
			return
		}
		var tokens []string
		var erased bool
		seen, changes := map[string]bool{}, event.Changes{}
		err := query(b.ctx, b.store.reserved, []any{&b.n, &tokens, &erased}, func() {
			for _, token := range tokens {
				if !seen[token] {
					seen[token] = true
					changes.Tokens = append(changes.Tokens, token)
				}
			}
			changes.Erased = changes.Erased || erased
		}, followSQL, b.n)
		if err != nil && b.ctx.Err() == nil {
			b.store.config.Log.Warn("what other collectors stored is not shown now", "error", err)
		}
		if len(changes.Tokens) > 0 || changes.Erased {
			b.store.config.OnCommit(changes)
		}
	}
}

func (b *background) loop() {
	ticker := time.NewTicker(cleanInterval)
	defer ticker.Stop()
	b.clean(b.forgetProfiles, b.summarizeProfiles, b.finishErasures, b.expire, b.shortenLog)
	for {
		select {
		case <-b.work:
			b.clean(b.forgetProfiles, b.summarizeProfiles, b.finishErasures)
		case <-ticker.C:
			b.clean(b.forgetProfiles, b.summarizeProfiles, b.finishErasures, b.expire, b.shortenLog)
		case <-b.ctx.Done():
			return
		}
	}
}

// clean runs steps, of which each can be made again.
func (b *background) clean(steps ...func(context.Context) error) {
	for _, step := range steps {
		if err := step(b.ctx); err != nil && b.ctx.Err() == nil {
			b.store.config.Log.Error("something is done later", "error", err)
		}
	}
}

// noteUpdates takes note of whose profiles a commit has updated.
func (b *background) noteUpdates(updates *updateColumns) {
	if len(updates.projects) == 0 {
		return
	}
	b.mu.Lock()
	for i, project := range updates.projects {
		if len(b.touched) < maxTouched {
			b.touched[subject{project, updates.groupKeys[i], updates.subjects[i]}] = struct{}{}
		}
	}
	b.mu.Unlock()
	b.wake()
}

func (b *background) takeTouched() map[subject]struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.touched
	b.touched = map[subject]struct{}{}
	return taken
}

// shortenLog deletes what every collector has read long ago. The last row stays, for a collector that starts finds the end of the log by it.
func (b *background) shortenLog(ctx context.Context) error {
	_, err := b.store.reserved.Exec(ctx, `DELETE FROM log WHERE at < now() - interval '1 hour' AND n < (SELECT max(n) FROM log)`)
	if err != nil {
		return fmt.Errorf("shorten the log of commits: %w", err)
	}
	return nil
}
