package metrics

import (
	"context"
	"errors"
	"time"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/store"
)

// MeasuredStore is a store that counts in Metrics how many batches wait for it, for how long, and what goes wrong. It knows nothing of what kind of
// store it is.
type MeasuredStore struct {
	store   store.Writer
	metrics *Metrics
}

// Measure returns a store that stores in another one and is measured.
func (m *Metrics) Measure(s store.Writer) MeasuredStore { return MeasuredStore{s, m} }

// Kinds of errors of a store.
const (
	timedOut    = "timeout"     // the store did not come to it in time
	unavailable = "unavailable" // all others: a full disk, a locked or damaged file, a database that does not answer
)

var storeErrorKinds = [...]string{timedOut, unavailable}

// Store stores a batch in the store.
func (s MeasuredStore) Store(ctx context.Context, batch event.Batch) error {
	s.metrics.storeWaiting.Inc()
	defer s.metrics.storeWaiting.Dec()
	began := time.Now()
	err := s.store.Store(ctx, batch)
	s.metrics.storeSeconds.Observe(time.Since(began).Seconds())
	switch {
	case err == nil:
	case errors.Is(err, context.DeadlineExceeded):
		s.metrics.storeErrors.WithLabelValues(timedOut).Inc()
	default:
		s.metrics.storeErrors.WithLabelValues(unavailable).Inc()
	}
	return err
}

// Ready asks the store. Questions of load balancers are not counted.
func (s MeasuredStore) Ready(ctx context.Context) error { return s.store.Ready(ctx) }
