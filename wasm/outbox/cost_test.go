package outbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// nopPorts is a browser that does nothing but keep texts, so that benchmarks measure the outbox alone.
type nopPorts struct{ texts map[string]string }

func (q *nopPorts) Get(key string) (string, bool)      { text, ok := q.texts[key]; return text, ok }
func (q *nopPorts) Set(key, text string) StorageStatus { q.texts[key] = text; return OK }
func (q *nopPorts) Remove(key string)                  { delete(q.texts, key) }
func (q *nopPorts) Keys(prefix string) []string {
	var keys []string
	for key := range q.texts {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys
}
func (q *nopPorts) Send(uint32, Request) bool   { return true }
func (q *nopPorts) WakeAfter(int64)             {}
func (q *nopPorts) Acquire(string)              {}
func (q *nopPorts) Release()                    {}
func (q *nopPorts) Keep(string, string)         {}
func (q *nopPorts) Drop([]string)               {}
func (q *nopPorts) Recall(string)               {}
func (q *nopPorts) Random(b []byte)             { clear(b) }
func (q *nopPorts) Acknowledged(string)         {}
func (q *nopPorts) AliasTaken(string, string)   {}
func (q *nopPorts) Rejected(string, string)     {}
func (q *nopPorts) Full(int)                    {}
func (q *nopPorts) StorageFailed(StorageStatus) {}
func (q *nopPorts) Misanswered(int, string)     {}
func (q *nopPorts) Unreachable(string)          {}
func (q *nopPorts) Undelivered(Drops)           {}
func (q *nopPorts) Flushed(uint32, bool)        {}

// outboxWithWaiting returns an outbox in which the events of so many tasks wait, with limits that are never reached.
func outboxWithWaiting(tasks int) (*Outbox, Message, *int64) {
	q := &nopPorts{texts: map[string]string{}}
	o := New(&Config{URL: "https://collector.example/track/", BatchSize: 50, FlushMS: 500, Prefix: "tlo_token_", LockName: "l"}, q, q)
	o.limits.Messages, o.limits.Bytes = 1<<30, 1<<40
	m := Message{Rest: messageJSON("Item Viewed", "id-000001", `,"text":"`+strings.Repeat("x", 700)+`"`), InsertID: "id-000001"}
	now := int64(1_763_922_000_000)
	for range tasks {
		o.Append(m)
		o.Commit(now)
	}
	return o, m, &now
}

func TestAppendingAllocatesTheSameHoweverManyWait(t *testing.T) {
	allocations := func(tasks int) float64 {
		o, m, now := outboxWithWaiting(tasks)
		return testing.AllocsPerRun(2_000, func() {
			*now++
			o.Append(m)
			o.Commit(*now)
		})
	}
	few := allocations(10)
	assert.LessOrEqual(t, few, 4.0)
	assert.InDelta(t, few, allocations(10_000), 1)
}

func TestAppendingWithinATaskAllocatesNothing(t *testing.T) {
	o, m, now := outboxWithWaiting(10)
	o.config.BatchSize = 1 << 20
	for range 20 {
		o.Append(m)
	}
	o.Commit(*now)
	assert.Zero(t, testing.AllocsPerRun(10, func() { o.Append(m) }))
}

func TestCommitOfNothingTouchesNothing(t *testing.T) {
	o, _, now := outboxWithWaiting(10)
	assert.Zero(t, testing.AllocsPerRun(100, func() { o.Commit(*now) }))
}

func TestRefusingIsCheap(t *testing.T) {
	o, m, now := outboxWithWaiting(10)
	o.limits.Messages = 10
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		for range 1_000 {
			o.Append(m)
		}
		o.Commit(*now)
	}), 100.0)
}

func BenchmarkAppend(b *testing.B) {
	for _, tasks := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("%d waiting", tasks), func(b *testing.B) {
			o, m, now := outboxWithWaiting(tasks)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				*now++
				o.Append(m)
				o.Commit(*now)
			}
		})
	}
}

func BenchmarkBatch(b *testing.B) {
	o, _, _ := outboxWithWaiting(1_000)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		o.buildBatch(&batchLimits{maxMessages: 500, maxBytes: maxBatchBytes})
	}
}

func BenchmarkScan(b *testing.B) {
	for _, tasks := range []int{10, 5_000} {
		b.Run(fmt.Sprintf("%d waiting", tasks), func(b *testing.B) {
			o, _, _ := outboxWithWaiting(tasks)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				o.scan()
			}
		})
	}
}
