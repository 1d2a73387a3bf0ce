package identity_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

func TestResetForgetsTheVisitor(t *testing.T) {
	b := newBrowser(t)
	b.SetPage(identity.Properties{}, identity.Properties{}, "https://first.example/", "first.example")
	b.Register(b.nextCall(), `{"plan":"pro"}`)
	b.TimeEvent(b.nextCall(), `"Bought"`)
	b.alias("U")
	b.identify("U")
	b.SetPage(identity.Properties{}, identity.Properties{}, "https://second.example/", "second.example")
	assert.Empty(t, b.reset().Warnings)

	want := identity.NewRecord(otherDevice)
	got := b.Record()
	want.Epoch, want.IdentityChangedMS, want.ResetStreak, want.LastResetPage = 1, got.IdentityChangedMS, 1, "page-1"
	want.History = fmt.Sprint(got.IdentityChangedMS, " page-1 reset ", want.DistinctID) // Nothing of before.
	want.InitialReferrer, want.InitialReferringDomain = "https://second.example/", "second.example"
	assert.Equal(t, want, got)

	w := onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, identity.DevicePrefix+otherDevice, w.Properties["distinct_id"])
	assert.Equal(t, otherDevice, w.Properties["$device_id"])
	assert.Equal(t, "https://second.example/", w.Properties["$initial_referrer"])
	for _, gone := range []string{"plan", "$user_id", "$duration"} {
		assert.NotContains(t, w.Properties, gone)
	}
}

func TestResetOnEveryPageWarns(t *testing.T) {
	for name, c := range map[string]struct {
		pages []string // what each page load does
		warns bool
	}{
		"three pages in a row":           {[]string{"reset", "reset", "reset"}, true},
		"and the fourth":                 {[]string{"reset", "reset", "reset", "reset"}, true},
		"two pages":                      {[]string{"reset", "reset"}, false},
		"a page without":                 {[]string{"reset", "reset", "", "reset"}, false},
		"two pages without":              {[]string{"reset", "", "", "reset", "reset"}, false},
		"somebody logs in each time":     {[]string{"identify reset", "identify reset", "identify reset"}, false},
		"somebody signs up each time":    {[]string{"alias reset", "alias reset", "alias reset"}, false},
		"logged in between":              {[]string{"reset", "reset", "identify", "reset", "reset"}, false},
		"many calls on one page":         {[]string{"reset reset reset reset"}, false},
		"a placeholder logs in nobody":   {[]string{"reset bad", "reset bad", "reset bad"}, true},
		"logged in and out, then anew":   {[]string{"reset", "reset", "identify reset", "reset"}, false},
		"logged out, then on every page": {[]string{"identify reset", "reset", "reset"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			var last []identity.Code
			for i, page := range c.pages {
				b.load("load-" + strconv.Itoa(i))
				last = nil
				for _, call := range fields(page) {
					switch call {
					case "reset":
						last = codes(b.reset())
					case "identify":
						b.identify("U" + strconv.Itoa(i))
					case "alias":
						b.alias("U" + strconv.Itoa(i))
					case "bad":
						b.identify("undefined")
					}
				}
				if i+1 < len(c.pages) && i < 2 {
					assert.Empty(t, last, "page %d", i)
				}
			}
			if c.warns {
				assert.Contains(t, last, identity.ResetEveryPage)
			} else {
				assert.Empty(t, last)
			}
		})
	}
}

func TestTwoVisitorsOnOnePageAreOnePageLoad(t *testing.T) {
	b := newBrowser(t)
	b.reset()
	b.load("page-2")
	b.load("page-2")
	b.reset()
	b.load("page-3")
	b.load("page-3")
	assert.Equal(t, []identity.Code{identity.ResetEveryPage}, codes(b.reset()))
}
