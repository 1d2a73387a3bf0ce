package live_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/collector/live"
)

func wasNotified(notified <-chan struct{}) bool {
	select {
	case <-notified:
		return true
	default:
		return false
	}
}

func TestNotifier(t *testing.T) {
	b := live.NewNotifier()
	b.Notify([]string{"a"}) // Nobody has subscribed yet.
	first, stopFirst := b.Subscribe("a")
	second, stopSecond := b.Subscribe("a")
	other, stopOther := b.Subscribe("b")
	defer stopOther()
	assert.False(t, wasNotified(first), "what happened before subscribing does not notify")

	b.Notify([]string{"a"})
	b.Notify([]string{"a", "c"})
	assert.True(t, wasNotified(first))
	assert.False(t, wasNotified(first), "once for any number of notifications")
	assert.True(t, wasNotified(second))
	assert.False(t, wasNotified(other))

	stopFirst()
	stopFirst()
	b.Notify([]string{"a", "b"})
	assert.False(t, wasNotified(first))
	assert.True(t, wasNotified(second))
	assert.True(t, wasNotified(other))
	stopSecond()
	b.Notify([]string{"a"})
	assert.False(t, wasNotified(second))
}

// A subscriber is notified of what happens after it has subscribed, whatever others do at the same time.
func TestNotifierConcurrently(t *testing.T) {
	b := live.NewNotifier()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 500 {
				notified, stop := b.Subscribe("a")
				b.Notify([]string{"a"})
				assert.True(t, wasNotified(notified))
				stop()
			}
		})
	}
	group.Wait()
}
