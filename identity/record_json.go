package identity

import "github.com/throughline/throughline/identity/jsontext"

// stringFields, numberFields and propertyFields list the fields and their names in the stored form, for reading and writing alike.
func (r *Record) stringFields(visit func(name string, field *string)) {
	visit("distinct_id", &r.DistinctID)
	visit("device_id", &r.DeviceID)
	visit("user_id", &r.UserID)
	visit("alias", &r.Alias)
	visit("alias_state", (*string)(&r.AliasState))
	visit("alias_id", &r.AliasInsertID)
	visit("identify_anon", &r.IdentifyAnonID)
	visit("identify_id", &r.IdentifyInsertID)
	visit("initial_referrer", &r.InitialReferrer)
	visit("initial_referring_domain", &r.InitialReferringDomain)
	visit("line", &r.Line)
	visit("history", &r.History)
	visit("reset_page", &r.LastResetPage)
	visit("page_after", &r.PageAfterReset)
}

func (r *Record) numberFields(visit func(name string, field *int64)) {
	visit("epoch", &r.Epoch)
	visit("identity_ms", &r.IdentityChangedMS)
	visit("alias_ms", &r.AliasTimeMS)
	visit("identify_ms", &r.IdentifyTimeMS)
	visit("opt_ms", &r.OptChangedMS)
	visit("undecided_ms", &r.UndecidedMS)
	visit("reset_streak", &r.ResetStreak)
	visit("cut", &r.SuperCut)
	visit("identified_ms", &r.IdentifiedMS)
}

func (r *Record) propertyFields(visit func(name string, field *Properties)) {
	visit("held", &r.Held)
	visit("removed", &r.Removed)
	visit("props", &r.Super)
	visit("timers", &r.Timers)
	visit("people", &r.Waiting) // After props: recoverFields must not take a property's name for a field's.
}

// AppendJSON appends the stored form to dst and returns the extended slice: a JSON object without empty fields. JavaScript reads
// distinct_id, device_id, user_id, opted_out and props of it (js/src/stored-record.ts). Properties come last, because a record that is cut
// off at its end should lose what matters least.
func (r *Record) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	start := len(dst)
	member := func(name string) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendQuote(dst, name), ':')
	}
	r.stringFields(func(name string, field *string) {
		if *field != "" {
			member(name)
			dst = jsontext.AppendQuote(dst, *field)
		}
	})
	r.numberFields(func(name string, field *int64) {
		if *field != 0 {
			member(name)
			dst = jsontext.AppendInt(dst, *field)
		}
	})
	if r.OptedOut && r.OptChangedMS != 0 {
		member("opted_out")
		dst = append(dst, "true"...)
	}
	r.propertyFields(func(name string, field *Properties) {
		if field.Len() > 0 {
			member(name)
			dst = field.AppendJSON(dst)
		}
	})
	return append(dst, '}')
}
