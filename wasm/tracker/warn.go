package tracker

import (
	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/identity/jsontext"
)

// readme is where the anchors of warnings are.
const readme = "https://github.com/throughline/throughline"

func (t *Tracker) warn(warnings []identity.Warning) {
	for _, w := range warnings {
		b := make([]byte, 0, 2*len(w.Code)+len(w.What)+len(w.Mend)+len(readme)+64)
		b = jsontext.AppendQuote(append(b, `{"code":`...), string(w.Code))
		b = jsontext.AppendQuote(append(b, `,"what":`...), w.What)
		b = jsontext.AppendQuote(append(b, `,"mend":`...), w.Mend)
		b = jsontext.AppendQuote(append(b, `,"link":`...), readme+w.Anchor())
		t.ports.Warn(jsontext.Text(append(b, '}')))
	}
}
