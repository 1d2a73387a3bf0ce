package outbox

import "github.com/throughline/throughline/identity/jsontext"

// answerKind is what an answer means for the messages of its request.
type answerKind int

const (
	delivered   answerKind = iota
	refused                // at least one message is bad, or the request is
	tooLarge               // the body, not one message
	unavailable            // the server cannot take it now; try again soon
	// misanswered is not a collector's answer, or one that refuses every request. A wrong setting must not lose events, so they are sent
	// again at long intervals.
	misanswered
)

// parsedAnswer is what an answer says.
type parsedAnswer struct {
	kind           answerKind
	status         int
	reason         string
	failedRecords  []failedRecord // the bad messages, if the answer names them; all others were delivered
	aliasConflicts []aliasConflict
	requestRefused bool // the collector refused the request whatever messages are in it
}

// failedRecord is one entry of failed_records.
type failedRecord struct {
	index  int
	reason string
}

// aliasConflict is one entry of alias_taken: the claim that the collector did not accept. An entry may also have the claim's insert_id, which
// is not needed, and of an older collector the owner, which nobody must see.
type aliasConflict struct{ alias, distinctID string }

// parse parses an answer. Mixpanel answers 1 or 0, or a JSON object with a status. Any other body is not an acknowledgement,
// whatever its HTTP status: a hotel's network, for one, answers every request with its login page and status 200.
func (v *parsedAnswer) parse(a *Answer) {
	*v = parsedAnswer{kind: misanswered, status: a.Status}
	switch {
	case a.Status <= Forbidden || a.Status >= 500 || a.Status == 408 || a.Status == 425 || a.Status == 429:
		v.kind = unavailable
	case a.Status == 413:
		v.kind, v.reason = tooLarge, "too large for the collector"
	case a.Status == 400:
		v.parseBody(a.Body)
		v.kind = refused
	case a.Status >= 200 && a.Status <= 299:
		v.parseBody(a.Body)
	}
	if v.requestRefused {
		v.kind, v.failedRecords = misanswered, nil
	}
}

func (v *parsedAnswer) parseBody(text string) {
	text = jsontext.TrimSpace(text)
	if text == "1" {
		v.kind = delivered
		return
	}
	v.reason = "no reason given"
	if text == "0" {
		v.kind = refused
		return
	}
	err := jsontext.Object(text, func(name, raw string) bool {
		switch name {
		case "status":
			v.setStatus(raw)
		case "error":
			if reason, ok := jsontext.Unquote(raw); ok {
				v.reason = reason
			}
		case "refused":
			v.requestRefused = raw == `"request"`
		case "num_records_imported":
			if v.kind == misanswered {
				v.kind = delivered
			}
		case "failed_records":
			v.addFailedRecords(raw)
		case "alias_taken":
			v.addAliasConflicts(raw)
		}
		return true
	})
	if err != nil {
		*v = parsedAnswer{kind: misanswered, reason: v.reason, status: v.status}
	}
	if v.kind == misanswered && len(v.failedRecords) > 0 {
		v.kind = refused
	}
}

func (v *parsedAnswer) setStatus(raw string) {
	switch raw {
	case "1":
		v.kind = delivered
	case "0":
		v.kind = refused
	}
}

func (v *parsedAnswer) addFailedRecords(raw string) {
	_ = jsontext.Array(raw, func(record string) bool {
		f := failedRecord{index: -1}
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
		v.failedRecords = append(v.failedRecords, f)
		return true
	})
}

func (v *parsedAnswer) addAliasConflicts(raw string) {
	_ = jsontext.Array(raw, func(entry string) bool {
		var t aliasConflict
		_ = jsontext.Object(entry, func(name, raw string) bool {
			switch name {
			case "alias":
				t.alias, _ = jsontext.Unquote(raw)
			case "distinct_id":
				t.distinctID, _ = jsontext.Unquote(raw)
			}
			return true
		})
		v.aliasConflicts = append(v.aliasConflicts, t)
		return true
	})
}
