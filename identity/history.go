package identity

import "github.com/throughline/throughline/identity/jsontext"

// What an entry of Record.History says. Each is followed by the id that the visitor got by it.
const (
	historyMinted       = "minted"             // a new visitor
	historyAdopted      = "adopted"            // a visitor whom mixpanel-browser knew
	historyKnown        = "known"              // a visitor of before there was a history
	historyAlias        = "alias"              // alias(id) was sent
	historyAcknowledged = "alias_acknowledged" // the collector has it
	historyTaken        = "alias_taken"        // the alias is another person's: the visitor goes on as after identify(alias)
	historyIdentify     = "identify"
	historyReset        = "reset"
	historyEmptied      = "storage_emptied" // the page emptied localStorage, which begins a new visitor
	historyElsewhere    = "elsewhere"       // another subdomain, or another library, changed who the visitor is
)

// maxHistory is how many entries a record keeps. Of more, the oldest are dropped.
const maxHistory = 20

// note adds to the history what happened at a time, on the page with this id (Config.PageID).
func (r *Record) note(what, id string, timeMS int64, pageID string) {
	b := make([]byte, 0, len(r.History)+len(pageID)+len(what)+len(id)+24)
	if r.History != "" {
		b = append(append(b, r.History...), '\n')
	}
	// An id contains no line break (idFault), so that a line is an entry.
	b = append(append(jsontext.AppendInt(b, timeMS), ' '), pageID...)
	b = append(append(append(b, ' '), what...), ' ')
	r.History = jsontext.UnsafeString(append(b, id...))
	for countLines(r.History) > maxHistory {
		_, r.History = cutText(r.History, '\n')
	}
}

// note adds to the visitor's history what a call did.
func (v *Visitor) note(what, id string, call Call) {
	v.record.note(what, id, call.TimeMS, v.config.PageID)
}

// NoteBeginning begins the history of a record that has none. isAdopted says that mixpanel-browser knew the visitor.
func (r *Record) NoteBeginning(isAdopted bool, timeMS int64, pageID string) {
	what := historyKnown
	switch {
	case r.History != "":
		return
	case isAdopted:
		what = historyAdopted
	case r.IdentityChangedMS == 0 && r.UserID == "" && r.Alias == "":
		what = historyMinted
	}
	r.note(what, r.DistinctID, timeMS, pageID)
}

// BeganMS returns when the visitor's history began, or nowMS if it does not say, or if the clock was set back since.
func (r *Record) BeganMS(nowMS int64) int64 {
	timeMS, _ := cutText(r.History, ' ')
	if began, ok := jsontext.ParseInt(timeMS); ok && began > 0 {
		return min(began, nowMS)
	}
	return nowMS
}

// History returns what is known of the visitor's identity over time, as a JSON array of objects with time in milliseconds since 1970, what, id, and
// this_page: whether it happened on this page and not on an earlier one or in another tab. Reset begins a new history, so that nobody reads who used the
// device before.
func (v *Visitor) History() string {
	b := []byte{'['}
	last := ""
	add := func(what, id, timeMS string, isThisPage bool) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(b, `{"time":`...), timeMS...)
		b = jsontext.AppendQuote(append(b, `,"what":`...), what)
		b = jsontext.AppendQuote(append(b, `,"id":`...), id)
		page := "false"
		if isThisPage {
			page = "true"
		}
		b = append(append(append(b, `,"this_page":`...), page...), '}')
	}
	for rest := v.record.History; rest != ""; {
		var line, timeMS, pageID, what string
		line, rest = cutText(rest, '\n')
		timeMS, line = cutText(line, ' ')
		pageID, line = cutText(line, ' ')
		what, line = cutText(line, ' ')
		if n, ok := jsontext.ParseInt(timeMS); !ok || n < 0 || n >= maxRecordNumber {
			continue // Something else has written the record.
		}
		if what != historyAlias && what != historyAcknowledged {
			last = line
		}
		add(what, line, timeMS, pageID == v.config.PageID)
	}
	if id := v.record.DistinctID; last != "" && last != id && last != v.record.UserID {
		add(historyElsewhere, id, string(jsontext.AppendInt(nil, v.record.IdentityChangedMS)), false)
	}
	return string(append(b, ']'))
}

// cutText returns what is before and after the first separator, or all of it and "".
func cutText(text string, separator byte) (before, after string) {
	for i := 0; i < len(text); i++ {
		if text[i] == separator {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func countLines(text string) int {
	n := 1
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			n++
		}
	}
	return n
}
