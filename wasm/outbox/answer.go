package outbox

import "github.com/throughline/throughline/identity/jsontext"

// kind is what an answer means for the batch.
type kind int

const (
	delivered   kind = iota
	refused          // one message in it at least is bad, or the request is
	tooLarge         // as a whole
	unavailable      // try again soon
	unwelcome        // whoever answers takes nothing from us: try again now and then, for a wrong setting must lose nothing
)

// verdict is an answer, understood.
type verdict struct {
	kind    kind
	status  int
	reason  string
	failed  []failure // the bad messages, where the answer names them: the others are delivered
	taken   []taken
	request bool // the request as a whole was refused, whatever is in it
}

// failure is one entry of failed_records.
type failure struct {
	index  int
	reason string
}

// taken is one entry of alias_taken.
type taken struct{ insertID, alias, owner string }

// understand reads an answer. Mixpanel says 1 or 0, or an object with a status; a page that a hotel's network puts in the way is
// no acknowledgement, whatever its status.
func understand(a Answer) verdict {
	v := verdict{kind: unwelcome}
	switch {
	case a.Status <= Forbidden || a.Status >= 500 || a.Status == 408 || a.Status == 425 || a.Status == 429:
		v.kind = unavailable
	case a.Status == 413:
		v.kind, v.reason = tooLarge, "too large for the collector"
	case a.Status == 400:
		v = body(a.Body)
		v.kind = refused
	case a.Status >= 200 && a.Status <= 299:
		v = body(a.Body)
	}
	if v.request {
		v.kind, v.failed = unwelcome, nil
	}
	v.status = a.Status
	return v
}

func body(text string) verdict {
	switch trim(text) {
	case "1":
		return verdict{kind: delivered}
	case "0":
		return verdict{kind: refused, reason: "no reason given"}
	}
	v := verdict{kind: unwelcome, reason: "no reason given"}
	err := jsontext.Object(text, func(name, raw string) bool {
		switch name {
		case "status":
			v.said(raw)
		case "error":
			if reason, ok := jsontext.Unquote(raw); ok {
				v.reason = reason
			}
		case "refused":
			v.request = raw == `"request"`
		case "num_records_imported":
			if v.kind == unwelcome {
				v.kind = delivered
			}
		case "failed_records":
			v.failures(raw)
		case "alias_taken":
			v.aliases(raw)
		}
		return true
	})
	if err != nil {
		return verdict{kind: unwelcome, reason: v.reason}
	}
	if v.kind == unwelcome && len(v.failed) > 0 {
		v.kind = refused
	}
	return v
}

func (v *verdict) said(raw string) {
	switch raw {
	case "1":
		v.kind = delivered
	case "0":
		v.kind = refused
	}
}

func (v *verdict) failures(raw string) {
	_ = jsontext.Array(raw, func(record string) bool {
		f := failure{index: -1}
		field, message := "", ""
		_ = jsontext.Object(record, func(name, raw string) bool {
			switch name {
			case "index":
				if n, ok := jsontext.ParseInt(raw); ok && n >= 0 && n < MaxEvents {
					f.index = int(n)
				}
			case "field":
				field, _ = jsontext.Unquote(raw)
			case "message":
				message, _ = jsontext.Unquote(raw)
			}
			return true
		})
		f.reason = message
		if field != "" {
			f.reason = field + ": " + message
		}
		v.failed = append(v.failed, f)
		return true
	})
}

func (v *verdict) aliases(raw string) {
	_ = jsontext.Array(raw, func(entry string) bool {
		var t taken
		_ = jsontext.Object(entry, func(name, raw string) bool {
			switch name {
			case "insert_id":
				t.insertID, _ = jsontext.Unquote(raw)
			case "alias":
				t.alias, _ = jsontext.Unquote(raw)
			case "owner":
				t.owner, _ = jsontext.Unquote(raw)
			}
			return true
		})
		v.taken = append(v.taken, t)
		return true
	})
}

func trim(s string) string {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}
