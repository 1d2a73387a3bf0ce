// Package limit limits how often somebody may do something, for as many as there are, in bounded memory. It knows neither HTTP nor events.
// Read Table.
package limit

import (
	"container/list"
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often something may be done: so many times a second in the long run, and so many at once. The zero value stands for no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// burstSeconds is how many seconds' worth may come at once where a Rate in a flag does not say how much.
const burstSeconds = 10

var errRate = errors.New("it must be off, or a number a second, such as 1000, or with how many may come at once, such as 1000:20000")

// String implements flag.Value.
func (r *Rate) String() string {
	if *r == (Rate{}) {
		return "off"
	}
	return strconv.FormatFloat(r.PerSecond, 'f', -1, 64) + ":" + strconv.Itoa(r.Burst)
}

// Set implements flag.Value.
func (r *Rate) Set(text string) error {
	if text = strings.TrimSpace(text); text == "off" {
		*r = Rate{}
		return nil
	}
	number, burst, hasBurst := strings.Cut(text, ":")
	perSecond, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(perSecond) || perSecond <= 0 || perSecond > 1e9 {
		return errRate
	}
	n := max(1, int(math.Ceil(perSecond*burstSeconds)))
	if hasBurst {
		if n, err = strconv.Atoi(burst); err != nil || n < 1 || n > 1e9 {
			return errRate
		}
	}
	*r = Rate{perSecond, n}
	return nil
}

// Table limits each key by itself. When there are too many keys, the one that was used longest ago is forgotten: somebody with very many
// keys gets more than the rate, but never more memory.
type Table[K comparable] struct {
	rate    Rate
	max     int
	mu      sync.Mutex
	entries map[K]*list.Element // of recent
	recent  *list.List          // of *entry[K], the most recently used first
}

type entry[K comparable] struct {
	key     K
	limiter *rate.Limiter
}

// MaxKeys is how many keys a Table remembers; each takes about 300 bytes.
const MaxKeys = 20_000

// NewTable returns a Table; with the zero Rate it limits nothing.
func NewTable[K comparable](r Rate) *Table[K] {
	return &Table[K]{rate: r, max: MaxKeys, entries: map[K]*list.Element{}, recent: list.New()}
}

// Take takes n from what the key may do now. If there is not enough it takes nothing, and returns how long the key has to wait; more than
// the burst is never asked of anybody, because it would never be there.
func (t *Table[K]) Take(key K, n int, now time.Time) (wait time.Duration, ok bool) {
	if t.rate == (Rate{}) || n <= 0 {
		return 0, true
	}
	limiter, n := t.limiter(key), min(n, t.rate.Burst)
	if limiter.AllowN(now, n) {
		return 0, true
	}
	missing := max(0, float64(n)-limiter.TokensAt(now))
	return time.Duration(missing / t.rate.PerSecond * float64(time.Second)), false
}

// Charge takes n from what the key may do, also where there is not enough: then the key has to wait until that is made up for. It is for what
// was done already. A key that owes a burst is charged no more.
func (t *Table[K]) Charge(key K, n int, now time.Time) {
	if t.rate == (Rate{}) || n <= 0 {
		return
	}
	limiter := t.limiter(key)
	if limiter.TokensAt(now) > -float64(t.rate.Burst) {
		limiter.ReserveN(now, min(n, t.rate.Burst))
	}
}

func (t *Table[K]) limiter(key K) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if element := t.entries[key]; element != nil {
		t.recent.MoveToFront(element)
		return element.Value.(*entry[K]).limiter
	}
	if len(t.entries) >= t.max {
		oldest := t.recent.Back()
		delete(t.entries, oldest.Value.(*entry[K]).key)
		t.recent.Remove(oldest)
	}
	limiter := rate.NewLimiter(rate.Limit(t.rate.PerSecond), t.rate.Burst)
	t.entries[key] = t.recent.PushFront(&entry[K]{key, limiter})
	return limiter
}
