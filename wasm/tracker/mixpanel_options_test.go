package tracker

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/identity"
)

func TestMixpanelsOptionsWarnOnlyWhereTheyHaveNoEffect(t *testing.T) {
	tests := map[string]struct {
		options string
		want    []identity.Code
	}{
		"obeyed by the entry":              {`{"mixpanel":true,"persistence":"cookie","xhr_headers":{"a":"b"},"hooks":{}}`, nil},
		"not obeyed by the library's own":  {`{"persistence":"cookie"}`, []identity.Code{identity.NotSupported}},
		"recording, with its default":      {`{"mixpanel":true,"record_sessions_percent":0,"autocapture":false,"flags":null}`, nil},
		"recording":                        {`{"mixpanel":true,"record_sessions_percent":1,"autocapture":true}`, []identity.Code{identity.NotSupported, identity.NotSupported}},
		"addresses of Mixpanel's scripts":  {`{"mixpanel":true,"cdn":"https://cdn.example"}`, []identity.Code{identity.NotSupported}},
		"unknown, with a name that is one": {`{"mixpanel":true,"record":1," ":2}`, []identity.Code{identity.UnknownOption, identity.UnknownOption}},
		"of the wrong type":                {`{"mixpanel":true,"api_hosts":"x","api_routes":{"track":1},"batch_requests":"no"}`, []identity.Code{identity.BadOption, identity.BadOption, identity.BadOption}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			warnings := Defaults().setOptions(test.options)
			var codes []identity.Code
			for _, w := range warnings {
				codes = append(codes, w.Code)
			}
			assert.Equal(t, test.want, codes)
		})
	}
}

func TestRequestURL(t *testing.T) {
	tests := map[string]struct{ options, events, people string }{
		"default":   {`{}`, "https://api-js.mixpanel.com/track/?verbose=1&ip=1", "https://api-js.mixpanel.com/engage/?verbose=1&ip=1"},
		"hosts":     {`{"api_host":"https://a.example","api_hosts":{"people":"https://b.example/"}}`, "https://a.example/track/?verbose=1&ip=1", "https://b.example/engage/?verbose=1&ip=1"},
		"routes":    {`{"api_host":"/mp","api_routes":{"track":"t/","engage":"/e"}}`, "/mp/t/?verbose=1&ip=1", "/mp/e?verbose=1&ip=1"},
		"query":     {`{"api_extra_query_params":{"a b":"1&2","n":3}}`, "https://api-js.mixpanel.com/track/?verbose=1&ip=1&a%20b=1%262&n=3", "https://api-js.mixpanel.com/engage/?verbose=1&ip=1&a%20b=1%262&n=3"},
		"test, ip":  {`{"test":true,"ip":false}`, "https://api-js.mixpanel.com/track/?verbose=1&ip=0&test=1", "https://api-js.mixpanel.com/engage/?verbose=1&ip=0&test=1"},
		"set twice": {`{"api_extra_query_params":{"a":1},"api_extra_query_params":{}}`, "https://api-js.mixpanel.com/track/?verbose=1&ip=1", "https://api-js.mixpanel.com/engage/?verbose=1&ip=1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			config := Defaults()
			warnings := config.setOptions(test.options)
			require.Empty(t, warnings)
			assert.Equal(t, test.events, config.url(identity.EventsEndpoint))
			assert.Equal(t, test.people, config.url(identity.PeopleEndpoint))
		})
	}
}
