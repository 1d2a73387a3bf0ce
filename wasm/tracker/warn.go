package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// documentation is the address of the page that explains each warning under an anchor of its own.
const documentation = "https://github.com/throughline/throughline/blob/main/docs/warnings.md"

func (t *Tracker) warn(warnings []identity.Warning) {
	for i := range warnings {
		w := &warnings[i]
		b := make([]byte, 0, 2*len(w.Code)+len(w.What)+len(w.Mend)+len(documentation)+64)
		b = jsontext.AppendQuote(append(b, `{"code":`...), string(w.Code))
		b = jsontext.AppendQuote(append(b, `,"what":`...), w.What)
		b = jsontext.AppendQuote(append(b, `,"mend":`...), w.Mend)
		b = jsontext.AppendQuote(append(b, `,"link":`...), documentation+w.Anchor())
		t.ports.Warn(jsontext.UnsafeString(append(b, '}')))
	}
}
