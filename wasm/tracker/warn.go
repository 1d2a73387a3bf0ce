package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// readme is where the anchors of warnings are.
const readme = "https://github.com/throughline/throughline"

func (t *Tracker) warn(warnings []identity.Warning) {
	for _, w := range warnings {
		b := []byte(`{"code":`)
		b = jsontext.AppendQuote(b, string(w.Code))
		b = jsontext.AppendQuote(append(b, `,"what":`...), w.What)
		b = jsontext.AppendQuote(append(b, `,"mend":`...), w.Mend)
		b = jsontext.AppendQuote(append(b, `,"link":`...), readme+w.Anchor())
		t.ports.Warn(string(append(b, '}')))
	}
}
