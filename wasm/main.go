//go:build js || tinygo

// Command wasm is the program that runs in the page: it exports the rules of package identity and the outbox to the JavaScript shim
// (js/src/core/exports.ts). It only converts arguments; read package tracker for what a call does.
//
// Every export is synchronous, starts no goroutine and reads no clock: the time is an argument, in milliseconds since 1970. Every
// export recovers from panics and reports them, because the program's state is undefined after one. The shim then makes no further
// calls.
package main

import (
	"runtime"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/border"
	"github.com/throughline/throughline/wasm/browser"
	"github.com/throughline/throughline/wasm/outbox"
	"github.com/throughline/throughline/wasm/tracker"
)

var (
	trackers    []*tracker.Tracker
	currentPage tracker.Page
)

func main() { select {} }

// open opens a tracker with the facts in the text. If a tracker with the same record and the same collector is open, it returns that
// one.
//
//go:wasmexport open
func open(bytes uint32, now float64) uint32 {
	defer browser.Recover()
	facts := tracker.ParseFacts(border.Text(bytes))
	for i, t := range trackers {
		if t.IsSame(facts) {
			t.Reopen(facts)
			return handleOf(i)
		}
	}
	handle := handleOf(len(trackers))
	trackers = append(trackers, tracker.Open(facts, &currentPage, browser.NewPorts(handle), int64(now)))
	return handle
}

// A handle is the position of a tracker times the number of endpoints. For what concerns one endpoint, the endpoint is added to it.
const endpoints = uint32(identity.EndpointCount)

func handleOf(position int) uint32 { return uint32(position) * endpoints }

func trackerOf(handle uint32) (*tracker.Tracker, identity.Endpoint) {
	return trackers[handle/endpoints], identity.Endpoint(handle % endpoints)
}

// page sets the page on which the following calls are made.
//
//go:wasmexport page
func page(bytes uint32) {
	defer browser.Recover()
	currentPage.Set(border.Text(bytes))
}

// call runs one call of the page and returns the length of its answer. The text is the insert id, of idBytes, and the arguments.
//
//go:wasmexport call
func call(handle, method, idBytes, bytes uint32, at float64) uint32 {
	defer browser.Recover()
	text := border.Text(bytes)
	call := identity.Call{TimeMS: int64(at), InsertID: text[:idBytes]}
	t, _ := trackerOf(handle)
	return border.Reply(t.Call(tracker.Method(method), call, text[idBytes:]))
}

// tracks runs several calls of track, one per line. If end is not 0, it also ends the task, as commit does.
//
//go:wasmexport tracks
func tracks(handle, bytes, end uint32, now float64) {
	defer browser.Recover()
	t, _ := trackerOf(handle)
	t.Tracks(border.Text(bytes))
	if end != 0 {
		commitAll(int64(now))
	}
}

// commit ends a task: what was accepted in it is stored.
//
//go:wasmexport commit
func commit(now float64) {
	defer browser.Recover()
	commitAll(int64(now))
}

func commitAll(now int64) {
	for _, t := range trackers {
		t.Commit(now)
	}
	runtime.Gosched() // Lets the garbage collector's goroutines run. Without it, memory grows by half a megabyte.
}

// flush sends what waits now. The import flushed is called with the ticket and the outcome.
//
//go:wasmexport flush
func flush(handle, ticket uint32, now float64) {
	defer browser.Recover()
	t, _ := trackerOf(handle)
	t.Flush(ticket, int64(now))
}

// answered passes the answer to a request. Status 0 means that there was none; a negative retryAfter, that the server asked for no
// delay.
//
//go:wasmexport answered
func answered(handle, request, status uint32, retryAfter float64, bytes uint32, now float64) {
	defer browser.Recover()
	answer := outbox.Answer{Status: int(status), RetryAfterMS: int64(retryAfter), Body: border.Text(bytes)}
	t, endpoint := trackerOf(handle)
	t.Answered(endpoint, request, answer, int64(now))
}

// locked is called when the lock that the import lock asked for is held.
//
//go:wasmexport locked
func locked(handle uint32, now float64) {
	defer browser.Recover()
	t, endpoint := trackerOf(handle)
	t.Locked(endpoint, int64(now))
}

// wake is called when the delay of the import wake is over.
//
//go:wasmexport wake
func wake(handle uint32, now float64) {
	defer browser.Recover()
	t, endpoint := trackerOf(handle)
	t.Wake(endpoint, int64(now))
}

// adopt passes the copies that the import mirrorRecall asked for.
//
//go:wasmexport adopt
func adopt(handle, bytes uint32, now float64) {
	defer browser.Recover()
	t, endpoint := trackerOf(handle)
	t.Adopt(endpoint, border.Text(bytes), int64(now))
}

// takeQueue takes over messages that mixpanel-browser has queued for an endpoint, a JSON array.
//
//go:wasmexport takeQueue
func takeQueue(handle, bytes uint32, now float64) {
	defer browser.Recover()
	t, endpoint := trackerOf(handle)
	t.TakeQueue(endpoint, border.Text(bytes), int64(now))
}

// changed is called when another tab wrote to localStorage.
//
//go:wasmexport changed
func changed(now float64) {
	defer browser.Recover()
	for _, t := range trackers {
		t.StorageChanged(int64(now))
	}
}

// leave is called when the page may be about to end.
//
//go:wasmexport leave
func leave(now float64) {
	defer browser.Recover()
	for _, t := range trackers {
		t.Leave(int64(now))
	}
}

// back is called when the page goes on after leave, or when the network is back.
//
//go:wasmexport back
func back(now float64) {
	defer browser.Recover()
	for _, t := range trackers {
		t.Resume(int64(now))
	}
}
