package live_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/collector/live"
)

func rang(news <-chan struct{}) bool {
	select {
	case <-news:
		return true
	default:
		return false
	}
}

func TestBell(t *testing.T) {
	b := live.NewBell()
	b.Ring([]string{"a"}) // Nobody hears it.
	first, stopFirst := b.Listen("a")
	second, stopSecond := b.Listen("a")
	other, stopOther := b.Listen("b")
	defer stopOther()
	assert.False(t, rang(first), "what was before is no news")

	b.Ring([]string{"a"})
	b.Ring([]string{"a", "c"})
	assert.True(t, rang(first))
	assert.False(t, rang(first), "however often it rang")
	assert.True(t, rang(second))
	assert.False(t, rang(other))

	stopFirst()
	stopFirst()
	b.Ring([]string{"a", "b"})
	assert.False(t, rang(first))
	assert.True(t, rang(second))
	assert.True(t, rang(other))
	stopSecond()
	b.Ring([]string{"a"})
	assert.False(t, rang(second))
}

// Whoever listens before something happens hears of it, whatever others do.
func TestBellIsSafe(t *testing.T) {
	b := live.NewBell()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 500 {
				news, stop := b.Listen("a")
				b.Ring([]string{"a"})
				assert.True(t, rang(news))
				stop()
			}
		})
	}
	group.Wait()
}
