package tracker

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity"
)

func TestAPIHost(t *testing.T) {
	const initially = "https://api-js.mixpanel.com"
	for raw, want := range map[string]struct{ host, warning string }{
		`"https://collector.example.com"`:     {"https://collector.example.com", ""},
		`"https://collector.example.com/mp/"`: {"https://collector.example.com/mp", ""},
		`"HTTP://127.0.0.1:8080"`:             {"HTTP://127.0.0.1:8080", ""},
		`"//collector.example.com"`:           {"//collector.example.com", ""},
		`"/collect"`:                          {"/collect", ""},
		`"collect"`:                           {"collect", ""},
		`"./collect"`:                         {"./collect", ""},
		`"../collect"`:                        {"../collect", ""},
		`"collector.example.com"`:             {"https://collector.example.com", "without a scheme it is taken as https://collector.example.com."},
		`"collector.example.com:8443/mp"`:     {"https://collector.example.com:8443/mp", "https://collector.example.com:8443/mp."},
		`"localhost:8080"`:                    {"http://localhost:8080", "http://localhost:8080."},
		`"127.0.0.1"`:                         {"http://127.0.0.1", "http://127.0.0.1."},
		`"collector:8080"`:                    {"https://collector:8080", "https://collector:8080."},
		`""`:                                  {initially, "keeps its value"},
		`"/"`:                                 {initially, "keeps its value"},
		`5`:                                   {initially, "keeps its value"},
		`null`:                                {initially, "keeps its value"},
	} {
		c := Defaults()
		warnings := c.setOptions(`{"api_host":` + raw + `}`)
		assert.Equal(t, want.host, c.APIHost, raw)
		if want.warning == "" {
			assert.Empty(t, warnings, raw)
			continue
		}
		if assert.Len(t, warnings, 1, raw) {
			assert.Equal(t, identity.BadOption, warnings[0].Code)
			assert.Contains(t, warnings[0].What, want.warning)
			assert.Contains(t, warnings[0].What, raw)
		}
	}
}
