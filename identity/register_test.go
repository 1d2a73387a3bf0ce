package identity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func fields(s string) []string { return strings.Fields(s) }

func TestRegisteredPropertiesComeWithEveryEvent(t *testing.T) {
	b := newBrowser(t)
	require.Empty(t, b.Register(b.nextCall(), `{"plan":"pro","price":19.99,"big":12345678901234567890}`).Warnings)
	o := b.track("Bought", `{"n":1}`)
	w := onlyMessage(t, o)
	assert.Equal(t, "pro", w.Properties["plan"])
	assert.Contains(t, o.Messages[0].JSON(), `"big":12345678901234567890`)
	raw, ok := b.Property("price")
	assert.True(t, ok)
	assert.Equal(t, "19.99", raw)

	b.Unregister(b.nextCall(), `"plan"`)
	assert.NotContains(t, onlyMessage(t, b.track("Bought", "")).Properties, "plan")
	_, ok = b.Property("plan")
	assert.False(t, ok)
}

func TestRegisterOnce(t *testing.T) {
	b := newBrowser(t)
	get := func(name string) string { raw, _ := b.Property(name); return raw }
	b.RegisterOnce(b.nextCall(), `{"first":"a"}`, "")
	b.RegisterOnce(b.nextCall(), `{"first":"b"}`, "")
	assert.Equal(t, `"a"`, get("first"))
	b.Register(b.nextCall(), `{"first":"None","other":"unset"}`)
	b.RegisterOnce(b.nextCall(), `{"first":"c","other":"d"}`, "")
	assert.Equal(t, `"c"`, get("first"), `"None" counts as not there`)
	assert.Equal(t, `"unset"`, get("other"))
	b.RegisterOnce(b.nextCall(), `{"other":"e"}`, `"unset"`)
	assert.Equal(t, `"e"`, get("other"))
}

func TestIdentityIsNoSuperProperty(t *testing.T) {
	for _, name := range []string{"distinct_id", "token", "$device_id", "$user_id", "$insert_id", "time"} {
		b := newBrowser(t)
		object := identity.Value(`{"` + name + `":"X"}`)
		assert.Equal(t, []identity.Code{identity.ReservedProperty}, b.requireUntouched(func() identity.Outcome { return b.Register(b.nextCall(), object) }))
		assert.Equal(t, []identity.Code{identity.ReservedProperty}, b.requireUntouched(func() identity.Outcome { return b.RegisterOnce(b.nextCall(), object, "") }))
		assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.Unregister(b.nextCall(), identity.String(name)) }))
	}
}

func TestReservedPropertiesInAStoredRecordAreNotSent(t *testing.T) {
	record, _ := identity.ParseRecord(`{"distinct_id":"U","device_id":"d","props":{"distinct_id":"X","time":5,"plan":"pro"}}`)
	b := newBrowser(t)
	b.ReplaceRecord(record)
	w := onlyMessage(t, b.track("Bought", ""))
	assert.Equal(t, "U", w.Properties["distinct_id"])
	assert.Equal(t, "pro", w.Properties["plan"])
}

func TestRegisterTakesObjectsOnly(t *testing.T) {
	for _, value := range []identity.Value{"", "5", `"x"`, `[1]`, `null`, `true`, `{"a":`} {
		b := newBrowser(t)
		assert.Equal(t, []identity.Code{identity.BadProperties}, b.requireUntouched(func() identity.Outcome { return b.Register(b.nextCall(), value) }), value)
		assert.Equal(t, []identity.Code{identity.BadProperties}, b.requireUntouched(func() identity.Outcome { return b.RegisterOnce(b.nextCall(), value, "") }), value)
	}
	b := newBrowser(t)
	assert.Equal(t, []identity.Code{identity.BadProperties}, b.requireUntouched(func() identity.Outcome { return b.Unregister(b.nextCall(), `{}`) }))
}

func TestRegisterOfWhatIsThereDoesNotChangeTheRecord(t *testing.T) {
	b := newBrowser(t)
	b.Register(b.nextCall(), `{"plan":"pro"}`)
	assert.Empty(t, b.requireUntouched(func() identity.Outcome { return b.Register(b.nextCall(), `{"plan":"pro"}`) }))
}
