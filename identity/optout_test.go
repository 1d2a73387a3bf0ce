package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

func TestCallsWhileOptedOutChangeNothing(t *testing.T) {
	b := newBrowser(t)
	b.alias("U")
	b.TimeEvent(b.at(), `"Bought"`)
	b.OptOut(b.at())
	assert.True(t, b.OptedOut())
	for name, call := range map[string]func() identity.Outcome{
		"track":         func() identity.Outcome { return b.track("Bought", `{"n":1}`) },
		"alias":         func() identity.Outcome { return b.alias("V") },
		"identify":      func() identity.Outcome { return b.identify("U") },
		"reset":         b.reset,
		"register":      func() identity.Outcome { return b.Register(b.at(), `{"a":1}`) },
		"register_once": func() identity.Outcome { return b.RegisterOnce(b.at(), `{"a":1}`, "") },
		"unregister":    func() identity.Outcome { return b.Unregister(b.at(), `"a"`) },
		"time_event":    func() identity.Outcome { return b.TimeEvent(b.at(), `"Bought"`) },
	} {
		assert.Equal(t, []identity.Code{identity.OptedOut}, b.requireUntouched(call), name)
	}
	note := func() identity.Outcome { return b.Note(b.at(), "$dropped", `{"full":1}`) }
	assert.Empty(t, b.requireUntouched(note))
	b.load("page-2")
	assert.True(t, b.OptedOut())
	b.OptIn(b.at())
	assert.Equal(t, anonymous, only(t, b.track("Bought", "")).Properties["distinct_id"])
}

func TestFirstReferrerIsNotKeptOfWhoOptedOut(t *testing.T) {
	b := newBrowser(t)
	b.OptOut(b.at())
	b.SetPage(identity.Properties{}, identity.Properties{}, "https://from.example/", "from.example")
	assert.Empty(t, b.Record().InitialReferrer)
	b.OptIn(b.at())
	assert.Equal(t, "https://from.example/", only(t, b.track("Bought", "")).Properties["$initial_referrer"])
}
