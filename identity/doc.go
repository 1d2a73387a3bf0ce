// Package identity decides who is who. For one browser, it turns calls such as alias and identify into messages in Mixpanel's format
// (Visitor). For whoever receives the messages, it resolves every id to a person (Graph). The page, as WebAssembly, and the collector run
// this same code.
//
// The package has no clock, no randomness, no storage and no network: the caller passes times, insert ids and random bytes as arguments,
// stores the Record and delivers the messages. It does not know the browser (package wasm/browser does), does not queue or retry (package
// wasm/outbox does), and does not keep events (package collector/sqlite does). Its errors are warnings: no call fails.
//
// Read visitor.go first, then alias.go and identify.go, then graph.go.
//
// # The model
//
// The rules are those of Mixpanel's legacy identity model (the one before Simplified ID Merge): alias once, at sign-up; identify at every
// login.
//
// Somebody visits a site for the first time. The browser gets a random device id, and the distinct_id of all its events is derived from it,
// as in mixpanel-browser:
//
//	$device:6f1c2d3e-...                track("Item Viewed")
//
// The visitor signs up, and the server gives the account the id U. The page calls Visitor.Alias, at this moment and never again. It sends
// Mixpanel's `$create_alias`, which makes U a second name of the distinct_id. The distinct_id stays, so earlier and later events have the
// same one:
//
//	$device:6f1c2d3e-...                alias("U"), identify("U"), track("Bought")
//
// The visitor logs in on a phone, which has a device id of its own. The page calls Visitor.Identify there. It sends Mixpanel's `$identify`,
// and U becomes the distinct_id of the phone. A Graph resolves U to the first distinct_id, so the events of both devices belong to one
// person:
//
//	U                                   identify("U"), track("Bought")
//
// At logout the page calls Visitor.Reset, and the next visitor of this browser starts as a new, anonymous one.
//
// # The rules
//
// The source of a rule is Mixpanel's legacy identity model, or, where that loses data or ignores consent, a decision of this library
// ("ours").
//
//   - First use: the device id is a random UUID, and the distinct_id is DevicePrefix plus the device id. Source: mixpanel-browser.
//   - Alias: the distinct_id stays, and `$create_alias` is sent at once. Source: Mixpanel. A second, different alias of one visitor is
//     refused with a warning. Source: Mixpanel's instruction to alias a user only once, at sign-up.
//   - Identify with the alias of this device: the distinct_id stays, because the alias resolves to it. Source: Mixpanel.
//   - Identify with any other id: the id becomes the distinct_id, and the alias is forgotten. Source: Mixpanel.
//   - Reset: a new device id; everything about the visitor is forgotten, except whether they opted out. Source: Mixpanel, and ours for
//     visitors who opted out, because a logout must work for them too.
//   - Opted out: nothing is recorded. Alias, Identify and Register still change the record, so that a login before consent is valid once
//     consent is given; OptIn then sends what is still true. Source: ours.
//   - The collector answers that an alias belongs to somebody else: the visitor continues as after Identify(alias). Source: ours, because
//     otherwise the later events of a returning customer would belong to a separate person.
//   - Updates of the visitor's profile wait in the record until Identify or Alias; Reset and an opt-out forget those that wait. Source:
//     Mixpanel.
//   - An invalid id (IsValidID) changes nothing. Source: the ids that Mixpanel's documentation lists as invalid, and its size limits.
//   - Two claims to one alias: the one that the collector accepted first wins. Source: Mixpanel.
//
// # Calls and their results
//
// Each method of a tracking library is a method of Visitor in a file of its name: track.go, alias.go, identify.go, reset.go, register.go,
// timer.go, optout.go; those of profiles are made by name (Visitor.Profile). It takes a Call, which says when it was called and which insert id its message gets, and returns an Outcome: the
// messages to deliver and the warnings to show. A Warning names a probable mistake and how to correct it; warning_table.go lists them all.
//
// Arguments have type Value, which is raw JSON as the page passed it. So numbers keep all their digits, and a missing argument differs from
// one of a wrong type. String converts a Go string to a Value.
package identity
