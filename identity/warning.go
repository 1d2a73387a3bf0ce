package identity

import "github.com/throughline/throughline/identity/jsontext"

// Warning tells a developer of a probable mistake in their use of the library, or of a failure in the browser or the network. docs/warnings.md
// lists all of them.
type Warning struct {
	Code Code     // the kind of the warning
	What string   // what happened, with the ids and names concerned: one sentence
	Mend string   // how to correct it: one sentence
	Args []string // the ids, names and reasons in What and Mend, in order
}

// Anchor returns the fragment of the warning in docs/warnings.md, beginning with #.
func (w *Warning) Anchor() string { return w.Code.Anchor() }

// Code identifies a kind of warning. A code never changes once it is released.
type Code string

// Anchor returns the fragment of the code in docs/warnings.md, beginning with #.
func (c Code) Anchor() string { return "#warning-" + string(c) }

// The codes of all warnings, with who gives them. warning_table.go has the texts: what each means and how to correct the mistake.
const (
	// Of a wrong order or use of identity calls.
	AliasAfterIdentify     Code = "alias_after_identify"     // Alias
	AliasTwice             Code = "alias_twice"              // Alias
	AliasTaken             Code = "alias_taken"              // HandleTakenAlias
	AliasIsCurrent         Code = "alias_is_current"         // Alias
	AliasIsAnonymousID     Code = "alias_is_anonymous_id"    // Alias
	IdentifyWithoutAlias   Code = "identify_without_alias"   // Identify, only with Config.Debug
	IdentifyResemblesAlias Code = "identify_resembles_alias" // Identify
	SwitchWithoutReset     Code = "switch_without_reset"     // Identify
	ResetEveryPage         Code = "reset_every_page"         // Reset
	BadID                  Code = "bad_id"                   // Alias, Identify

	// Of wrong names, values and options.
	BadEventName       Code = "bad_event_name"       // Track, TimeEvent
	EventNameCut       Code = "event_name_cut"       // Track, TimeEvent
	BadProperties      Code = "bad_properties"       // Track, Register, RegisterOnce, Unregister
	TooManyProperties  Code = "too_many_properties"  // Register, RegisterOnce
	TooManyUpdates     Code = "too_many_updates"     // People, Membership
	TooManyTimers      Code = "too_many_timers"      // TimeEvent
	BadToken           Code = "bad_token"            // package wasm/tracker, at init
	BadOption          Code = "bad_option"           // package wasm/tracker, at init and set_config
	BadValue           Code = "bad_value"            // the shim, when it serialises properties
	ReservedProperty   Code = "reserved_property"    // Track, Register, RegisterOnce
	PlanViolated       Code = "plan_violated"        // Track, with Config.Plan
	EventNameResembles Code = "event_name_resembles" // Track
	UnknownOption      Code = "unknown_option"       // package wasm/tracker, at init and set_config
	UnknownMethod      Code = "unknown_method"       // package wasm/tracker
	NoElements         Code = "no_elements"          // js/src/core/dom-trackers.ts
	NotSupported       Code = "not_supported"        // package wasm/tracker
	NameTaken          Code = "name_taken"           // the shim, at init with a name
	GlobalTaken        Code = "global_taken"         // the shim, when it loads

	// Of a call that comes too early or has no effect.
	NotInitialised Code = "not_initialised" // the shim, before init
	NotReady       Code = "not_ready"       // the shim, while Go is loading
	DoNotTrack     Code = "do_not_track"    // the tracker in the page: opt_in_tracking
	OptedOut       Code = "opted_out"       // Track, TimeEvent, Alias, People, Group and the like
	NotIdentified  Code = "not_identified"  // People

	// Of failures in the browser, in storage and in delivery.
	StorageUnavailable   Code = "storage_unavailable"   // package wasm/tracker, for the outbox
	StorageFull          Code = "storage_full"          // package wasm/tracker, for the outbox
	OutboxFull           Code = "outbox_full"           // package wasm/tracker, for the outbox
	EventRejected        Code = "event_rejected"        // package wasm/tracker, for the outbox
	CollectorMisanswered Code = "collector_misanswered" // package wasm/tracker, for the outbox
	CollectorUnreachable Code = "collector_unreachable" // package wasm/tracker, for the outbox
	RecordDamaged        Code = "record_damaged"        // package wasm/tracker
	CoreFailed           Code = "core_failed"           // the shim, if Go cannot run
)

// Codes returns all codes, in the order of docs/warnings.md.
func Codes() []Code {
	codes := make([]Code, len(warningTable))
	for i := range warningTable {
		codes[i] = warningTable[i].code
	}
	return codes
}

// NewWarning returns a warning. args replace the %s in the texts of the code, first in What, then in Mend. Arguments of more than 300
// bytes are shortened.
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

// fill replaces each %s with the next of args, and returns the args that are left.
func fill(text string, args []string) (string, []string) {
	size := len(text)
	for _, arg := range args {
		size += len(arg)
	}
	out := make([]byte, 0, size)
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+1 < len(text) && text[i+1] == 's' && len(args) > 0 {
			out = append(out, args[0]...)
			args = args[1:]
			i++
			continue
		}
		out = append(out, text[i])
	}
	return jsontext.TrimSpace(jsontext.UnsafeString(out)), args // The text ends with a space if its last argument is empty.
}

// Description is the documentation of a warning. Every %s stands for an id, a name or a reason.
type Description struct {
	Code Code
	What string
	Mend string
}

// Descriptions returns the documentation of all warnings.
func Descriptions() []Description {
	all := make([]Description, len(warningTable))
	for i := range warningTable {
		row := &warningTable[i]
		all[i] = Description{row.code, row.what, row.mend}
	}
	return all
}
