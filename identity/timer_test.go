package identity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

func TestTimedEventCarriesDurationOnce(t *testing.T) {
	b := newBrowser(t)
	b.TimeEvent(b.nextCall(), `"Upload"`)
	b.load("page-2")
	b.now += 1500
	w := onlyMessage(t, b.track("Upload", `{"size":3}`))
	assert.Equal(t, 2.5, w.Properties["$duration"])
	assert.Equal(t, 3.0, w.Properties["size"])
	assert.NotContains(t, onlyMessage(t, b.track("Upload", "")).Properties, "$duration")
}

func TestClockSetBackGivesNoNegativeDuration(t *testing.T) {
	b := newBrowser(t)
	b.TimeEvent(b.nextCall(), `"Upload"`)
	b.now -= 3_600_000
	assert.Equal(t, 0.0, onlyMessage(t, b.track("Upload", "")).Properties["$duration"])
}

func TestTimerOutranksOtherDurations(t *testing.T) {
	b := newBrowser(t)
	b.Register(b.nextCall(), `{"$duration":99}`)
	b.TimeEvent(b.nextCall(), `"Upload"`)
	assert.Equal(t, 1.0, onlyMessage(t, b.track("Upload", `{"$duration":77}`)).Properties["$duration"])
	assert.Equal(t, 77.0, onlyMessage(t, b.track("Upload", `{"$duration":77}`)).Properties["$duration"])
	assert.Equal(t, 99.0, onlyMessage(t, b.track("Upload", "")).Properties["$duration"])
}

func TestDurationCanBeBlocked(t *testing.T) {
	b := newBrowser(t)
	b.config.Blocklist = []string{"$duration"}
	b.Configure(b.config)
	b.TimeEvent(b.nextCall(), `"Upload"`)
	assert.NotContains(t, onlyMessage(t, b.track("Upload", "")).Properties, "$duration")
}

func TestTimeEventNeedsAName(t *testing.T) {
	for _, value := range []identity.Value{"", `""`, "5", "{}"} {
		b := newBrowser(t)
		assert.Equal(t, []identity.Code{identity.BadEventName}, b.requireUntouched(func() identity.Outcome { return b.TimeEvent(b.nextCall(), value) }))
	}
}
