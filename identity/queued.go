package identity

import "github.com/throughline/throughline/identity/jsontext"

// AdoptQueued takes over a message that mixpanel-browser has queued and not delivered: an event, or an update of a profile. payload is its JSON.
// An event keeps its insert id; insertID is for one that has none. If it gives this visitor its alias, that alias is not acknowledged yet.
// While the visitor has opted out, the message is dropped.
func (v *Visitor) AdoptQueued(endpoint Endpoint, payload, insertID string) Outcome {
	var o Outcome
	if v.record.OptedOut {
		return o
	}
	m := o.addMessage()
	m.Endpoint = endpoint
	if endpoint == EventsEndpoint {
		v.parseQueuedEvent(m, payload, insertID)
	} else {
		m.Head, m.Rest, m.Cumulative = splitUpdate(payload)
	}
	if m.Rest == "" {
		o.Messages = nil
	}
	return o
}

// parseQueuedEvent makes m the event in the form of buildMessage.
func (v *Visitor) parseQueuedEvent(m *Message, payload, insertID string) {
	var properties Properties
	event, alias := "", ""
	_ = jsontext.Object(payload, func(name, raw string) bool {
		switch name {
		case "event":
			event, _ = jsontext.Unquote(raw)
		case "properties":
			properties, _ = ParseProperties(raw)
		}
		return true
	})
	if event == "" {
		return
	}
	if raw, _ := properties.Get("$insert_id"); isInsertID(stringContent(raw)) {
		insertID = stringContent(raw)
	}
	time, _ := properties.Get("time")
	if raw, _ := properties.Get("distinct_id"); raw != "" {
		m.DistinctID = mixpanelID(raw)
	}
	if raw, _ := properties.Get("alias"); event == createAliasEvent && raw != "" {
		alias = mixpanelID(raw)
	}
	properties.Delete("$insert_id")
	properties.Delete("time")
	b := properties.AppendJSON(nil)
	if b = b[:len(b)-1]; properties.Len() > 0 {
		b = append(b, ',')
	}
	m.Event, m.InsertID, m.Alias = event, insertID, alias
	m.Head = `{"properties":`
	b = appendStringMember(b, "$insert_id", insertID)
	if time == "" {
		b = b[:len(b)-1]
	} else {
		b = append(append(b, `"time":`...), time...)
	}
	m.Rest = string(append(jsontext.AppendQuote(append(b, `},"event":`...), event), '}'))
	if r := &v.record; alias != "" && alias == r.Alias && m.DistinctID == r.DistinctID && r.AliasInsertID == "" {
		r.AliasState, r.AliasInsertID = AliasSent, insertID
		v.recordChanged()
	}
}

// splitUpdate returns an update with its operation at the end, as Profile makes it, or nothing if it has none.
func splitUpdate(payload string) (head, rest string, isCumulative bool) {
	head = "{"
	_ = jsontext.Object(payload, func(name, raw string) bool {
		member := string(appendMember(nil, name, raw))
		if containsString(operators[:], name) {
			rest, isCumulative = member+"}", name == operators[opAdd] || name == operators[opAppend]
		} else {
			head += member + ","
		}
		return true
	})
	return head, rest, isCumulative
}
