package outbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// trackCumulative makes cumulative messages in one task and returns their ids.
func (p *page) trackCumulative(n int) []string {
	p.isCumulative = true
	ids := p.track(n)
	p.isCumulative = false
	return ids
}

// The page never hears the answers to what it sends while it is left, so that it would be sent again at the next visit.
func TestCumulativeMessagesWaitForTheNextVisit(t *testing.T) {
	for name, leave := range map[string]func(w *world, p *page){
		"at once":                      func(*world, *page) {},
		"after another tab found them": func(w *world, p *page) { p.kill(); w.open().outbox.Leave(w.now) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			p := w.open()
			before := p.track(2)
			cumulative := p.trackCumulative(2)
			after := p.track(2)
			p.outbox.Leave(w.now)
			leave(w, p)
			for _, page := range w.pages {
				page.kill()
			}
			w.run(1_000)
			assert.Equal(t, before, w.collector.order, "what follows waits too, because the order matters")
			w.open()
			w.settle()
			for _, id := range append(cumulative, after...) {
				assert.Equal(t, 1, w.collector.stored[id], "once")
			}
			assert.Equal(t, append(append(before, cumulative...), after...), w.collector.order)
			assert.Empty(t, w.disk)
		})
	}
}

func TestCumulativeMessagesUnderWayAreNotRepeatedByLeaving(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.latency = 400
	p := w.open()
	ids := p.trackCumulative(3)
	w.run(2)
	require.Len(t, p.requests, 1)
	p.outbox.Leave(w.now)
	p.outbox.Resume(w.now)
	w.settle()
	for _, id := range ids {
		assert.Equal(t, 1, w.collector.stored[id])
	}
	assert.Len(t, p.requests, 1)
	assert.Empty(t, w.disk)
}

// A hidden page goes on, and sends them as always.
func TestHiddenPageSendsCumulativeMessages(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.outbox.Leave(w.now)
	ids := p.trackCumulative(3)
	w.run(2_000)
	for _, id := range ids {
		assert.Equal(t, 1, w.collector.stored[id])
	}
}

func TestMessagesOfBothKindsStayInOrder(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	var ids []string
	for i := range 40 {
		p.isCumulative = i%3 == 0
		ids = append(ids, p.append("Changed", ""))
	}
	p.outbox.Commit(w.now)
	w.settle()
	assert.Equal(t, ids, w.collector.order)
	assert.Len(t, p.requests, 1, "they share a request all the same")
}

func TestDamageDoesNotMakeCumulativeMessagesOthers(t *testing.T) {
	w := newWorld(t, 1)
	p := w.open()
	p.trackCumulative(3)
	p.kill()
	for key, text := range w.disk {
		w.disk[key] = text[:len(text)-5]
	}
	next := w.open()
	next.outbox.Leave(w.now)
	next.kill()
	w.run(1_000)
	assert.Empty(t, w.collector.order)
	w.open()
	w.settle()
	assert.Len(t, w.collector.order, 3, "two of them, and the event that reports the damage")
}

// A collector that refuses a request without naming the bad message is asked whether it takes anything. No cumulative message is repeated for
// that.
func TestProbesRepeatNoMessageThatWouldCountTwice(t *testing.T) {
	for _, first := range []bool{true, false} {
		w := newWorld(t, 1)
		w.collector.namesNoRecords = true
		w.collector.bad = map[string]bool{}
		p := w.open(func(c *Config) {
			c.Neutral = func(message string) string {
				assert.NotEmpty(t, message)
				return messageJSON("Neutral", "neutral", "")
			}
		})
		var ids []string
		if !first { // Something is accepted before.
			ids = p.trackCumulative(1)
			w.run(1_000)
		}
		bad := p.trackCumulative(1)[0]
		w.collector.bad[bad] = true
		ids = append(ids, p.trackCumulative(6)...)
		w.settle()
		assert.Equal(t, []string{bad}, p.rejected)
		for _, id := range ids {
			assert.Equal(t, 1, w.collector.stored[id], "of %s, counting once", id)
		}
		assert.Positive(t, w.collector.stored["neutral"])
		assert.Zero(t, w.collector.stored[bad])
	}
}

// The outboxes of a page, one for each endpoint, share the browser's quota.
func TestOutboxesShareTheKeepaliveQuota(t *testing.T) {
	w := newWorld(t, 1)
	quota := &KeepaliveQuota{}
	bytes := 0
	for _, prefix := range []string{"tlo_token_", "tlo_token_.e"} {
		p := w.open(func(c *Config) { c.Quota, c.Prefix = quota, prefix })
		for range 60 {
			p.append("Left", `,"text":"`+strings.Repeat("x", 600)+`"`)
		}
		p.outbox.Leave(w.now)
		for _, r := range p.requests {
			if r.Mode == Keepalive {
				bytes += len(r.Body)
			}
		}
	}
	assert.Greater(t, bytes, keepaliveQuotaBytes/2)
	assert.LessOrEqual(t, bytes, keepaliveQuotaBytes)
	assert.Equal(t, bytes, quota.used)
	w.run(10_000)
	assert.Zero(t, quota.used, "the answers have come")
}

// Keys of the outbox of one endpoint begin as those of another. Neither takes the other's segments for its own.
func TestOutboxesWithCommonPrefixesStayApart(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	events, updates := w.open(), w.open(func(c *Config) { c.Prefix = "tlo_token_.e" })
	events.track(3)
	updates.trackCumulative(2)
	w.run(5_000)
	assert.Len(t, w.disk, 2)
	for key, want := range map[*page]int{w.open(): 3, w.open(func(c *Config) { c.Prefix = "tlo_token_.e" }): 2} {
		assert.Equal(t, want, key.outbox.Waiting())
	}
}

func TestLimitsOfAnOutbox(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
	p := w.open(func(c *Config) { c.Limits = Limits{Messages: 10, Bytes: 5_000, StoredChars: 400} })
	p.track(20)
	assert.Equal(t, 10, p.outbox.Waiting())
	assert.Equal(t, 10, p.outbox.Dropped().Overflow)
	assert.Empty(t, w.segments(), "more than may be stored")
	p = newWorld(t, 1).open(func(c *Config) { c.Limits = Limits{Messages: 10, Bytes: 300, StoredChars: 4_000} })
	p.track(20)
	assert.Less(t, p.outbox.Waiting(), 4)
}

// A click that is counted often leaves the page. If its message were under way by then, nobody would hear the answer.
func TestFirstMessageThatWouldCountTwiceWaits(t *testing.T) {
	w := newWorld(t, 1)
	w.faults.latency = 200
	p := w.open(func(c *Config) { c.Neutral = func(string) string { return messageJSON("Neutral", "neutral", "") } })
	ids := p.trackCumulative(1)
	w.run(100)
	assert.Empty(t, p.requests)
	p.outbox.Leave(w.now)
	p.kill()
	w.run(1_000)
	w.open()
	w.settle()
	assert.Equal(t, 1, w.collector.stored[ids[0]])
}
