// Package identity holds Throughline's rules of who is who: what the calls of a tracking library do to one browser's visitor, and which
// ids are one person to whoever receives the events. It is pure Go: no clock, no randomness, no storage, no network. The same code
// runs in a page, as WebAssembly, and in a server.
//
// # The story
//
// Somebody comes to a site for the first time. Their browser mints a device id, and their events carry an anonymous distinct_id made
// of it:
//
//	$device:6f1c2d3e-...                track("Item Viewed")
//
// They sign up, and the server gives the account an id, U. The page calls Visitor.Alias once, at this moment and never again: U is now
// a second name for the distinct_id. The distinct_id stays as it is, so that nothing that happened before is cut off:
//
//	$device:6f1c2d3e-...                alias("U"), identify("U"), track("Bought")
//
// They log in on their phone, which has a device id of its own. There the page calls Visitor.Identify, and the phone's distinct_id
// becomes U. Whoever receives the events resolves U to the first distinct_id (Graph): one person, one line, on both devices.
//
//	U                                   identify("U"), track("Bought")
//
// At logout the page calls Visitor.Reset: the next visitor of the browser is a new one.
//
// # The rules
//
// Each call has a file: track.go, alias.go, identify.go, reset.go, register.go, timer.go, optout.go. A call returns an Outcome: the
// messages to deliver, in Mixpanel's form, and the warnings of what was probably not meant, each with a way to mend it. What the visitor
// is remembered by is a Record.
//
// Arguments come as Value, raw JSON, the form in which a page hands them over: numbers keep all their digits, and a call with the wrong
// kind of argument can be told from one without it. String makes a Value of a Go string.
package identity
