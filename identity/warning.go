package identity

import "github.com/throughline/throughline/identity/jsontext"

// Warning is one misuse or mishap, as data: what happened, with the ids in it, and how to mend it.
type Warning struct {
	Code Code
	What string   // one sentence
	Mend string   // one sentence
	Args []string // the ids, names and reasons in the two
}

// Anchor is where docs/warnings.md explains the warning.
func (w Warning) Anchor() string { return w.Code.Anchor() }

// Code names a kind of warning, and never changes.
type Code string

// Anchor is where docs/warnings.md explains the warnings of this code.
func (c Code) Anchor() string { return "#warning-" + string(c) }

// The codes. What each means is in the table below, and nowhere else.
const (
	AliasAfterIdentify     Code = "alias_after_identify"
	AliasTwice             Code = "alias_twice"
	AliasTaken             Code = "alias_taken"
	AliasIsCurrent         Code = "alias_is_current"
	AliasIsAnonymousID     Code = "alias_is_anonymous_id"
	IdentifyWithoutAlias   Code = "identify_without_alias"
	IdentifyResemblesAlias Code = "identify_resembles_alias"
	SwitchWithoutReset     Code = "switch_without_reset"
	ResetEveryPage         Code = "reset_every_page"
	BadID                  Code = "bad_id"
	BadEventName           Code = "bad_event_name"
	EventNameCut           Code = "event_name_cut"
	BadProperties          Code = "bad_properties"
	TooManyProperties      Code = "too_many_properties"
	TooManyTimers          Code = "too_many_timers"
	BadToken               Code = "bad_token"
	BadOption              Code = "bad_option"
	BadValue               Code = "bad_value"
	ReservedProperty       Code = "reserved_property"
	EventNameResembles     Code = "event_name_resembles"
	UnknownOption          Code = "unknown_option"
	UnknownMethod          Code = "unknown_method"
	NameTaken              Code = "name_taken"
	GlobalTaken            Code = "global_taken"
	NotInitialised         Code = "not_initialised"
	NotReady               Code = "not_ready"
	OptedOut               Code = "opted_out"
	StorageUnavailable     Code = "storage_unavailable"
	StorageFull            Code = "storage_full"
	OutboxFull             Code = "outbox_full"
	EventRejected          Code = "event_rejected"
	CollectorMisanswered   Code = "collector_misanswered"
	CollectorUnreachable   Code = "collector_unreachable"
	RecordDamaged          Code = "record_damaged"
	CoreFailed             Code = "core_failed"
)

// Codes returns every code there is.
func Codes() []Code {
	codes := make([]Code, len(warningTable))
	for i := range warningTable {
		codes[i] = warningTable[i].code
	}
	return codes
}

// NewWarning makes a warning. Each %s of the code's text takes the next of args; very long ones are cut.
func NewWarning(code Code, args ...string) Warning {
	w := Warning{Code: code, Args: make([]string, len(args))}
	for i, arg := range args {
		w.Args[i] = abbreviate(arg)
	}
	for i := range warningTable {
		if warningTable[i].code == code {
			var rest []string
			w.What, rest = fill(warningTable[i].what, w.Args)
			w.Mend, _ = fill(warningTable[i].mend, rest)
		}
	}
	return w
}

// fill puts the next of args in the place of each %s, and returns those left over.
func fill(text string, args []string) (string, []string) {
	most := len(text)
	for _, arg := range args {
		most += len(arg)
	}
	out := make([]byte, 0, most)
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+1 < len(text) && text[i+1] == 's' && len(args) > 0 {
			out = append(out, args[0]...)
			args = args[1:]
			i++
			continue
		}
		out = append(out, text[i])
	}
	return jsontext.TrimSpace(jsontext.UnsafeString(out)), args // A text may end in an argument that is empty.
}

// Description is a row of the table of warnings, for documentation: every %s stands for an id, a name or a reason.
type Description struct {
	Code Code
	What string
	Mend string
}

// Descriptions returns the table of warnings.
func Descriptions() []Description {
	all := make([]Description, len(warningTable))
	for i, row := range warningTable {
		all[i] = Description{row.code, row.what, row.mend}
	}
	return all
}
