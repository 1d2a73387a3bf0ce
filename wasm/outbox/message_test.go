package outbox

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func jsonOf(messages []message) []string {
	all := make([]string, len(messages))
	for i, m := range messages {
		all[i] = m.json()
	}
	return all
}

// Messages are decoded as they were encoded, whatever heads they have, and apart from the marks the text is not longer than the
// messages.
func TestMessagesAreReadAsWritten(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	heads := []string{"", `{"a":1,`, `{"a":2,`, `{"properties":{"=":"+",`}
	for range 500 {
		messages := make([]message, 1+random.Intn(12))
		for i := range messages {
			m := message{heads[random.Intn(len(heads))], `"n":"=+{Ж"}`}
			if m.head == "" {
				m.rest = "{" + m.rest
			}
			messages[i] = m
		}
		text := encode(messages)
		read := decode(nil, text)
		require.Equal(t, jsonOf(messages), jsonOf(read))
		require.Equal(t, expandedLen(messages), expandedLen(read))
		require.LessOrEqual(t, len(text), encodedLen(messages))
	}
}

func TestWhatMessagesHaveInCommonIsStoredOnce(t *testing.T) {
	head := `{"properties":{"$os":"Linux","$current_url":"` + strings.Repeat("x", 500) + `",`
	messages := make([]message, 30)
	for i := range messages {
		messages[i] = message{head, `"$insert_id":"id-000001"},"event":"Item Viewed"}`}
	}
	assert.Equal(t, 1, strings.Count(encode(messages), "$os"))
	assert.Less(t, len(encode(messages)), expandedLen(messages)/5)
	assert.Zero(t, testing.AllocsPerRun(100, func() { encodedLen(messages) }))
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { encode(messages) }), 1.0)
}

func TestDamagedHeadTakesItsMessagesWithIt(t *testing.T) {
	for name, c := range map[string]struct {
		damage  func(text string) string
		counted int
	}{
		"the head is gone":            {func(s string) string { return s[strings.Index(s, "\n")+1:] }, 5},
		"the head is broken":          {func(s string) string { return strings.Replace(s, "properties", `prop"rties`, 1) }, 5},
		"the head's mark is another":  {func(s string) string { return "+" + s[1:] }, 6},
		"one message's mark is gone":  {func(s string) string { return strings.Replace(s, "\n+", "\n", 1) }, 1},
		"one message is cut off":      {func(s string) string { return s[:len(s)-10] }, 1},
		"the end of the text is gone": {func(s string) string { return s[:strings.LastIndex(s, "\n")] }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.faults.network = func(*arrivedRequest) reply { return reply{lost: true} }
			w.open()
			first := w.open()
			require.True(t, first.sharesHeads)
			first.track(5)
			first.kill()
			for _, key := range sortedKeys(w.disk) {
				require.Equal(t, 5, strings.Count(w.disk[key], "\n+"))
				w.disk[key] = c.damage(w.disk[key])
			}
			w.faults.network = nil
			p := w.open()
			w.settle()
			assert.Equal(t, c.counted, p.outbox.Dropped().Total())
			assert.Len(t, w.collector.order, max(0, 5-c.counted)+len(p.ownEvents))
		})
	}
}
