//go:build js || tinygo

// The program that runs in the page: the rules of package identity and the outbox, behind exports that the JavaScript shim calls.
//
// Every export is synchronous, starts no goroutine and reads no clock: the time is an argument. Each recovers, for after an
// unrecovered panic the later exports would answer nonsense; the shim leaves a program alone that reported one.
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

// open opens a tracker by the facts in the text, or returns the one that has the same record and the same collector.
//
//go:wasmexport open
func open(bytes uint32, now float64) uint32 {
	defer browser.Recover()
	facts := tracker.ParseFacts(border.Text(bytes))
	for handle, t := range trackers {
		if t.IsSame(facts) {
			t.Reopen(facts)
			return uint32(handle)
		}
	}
	handle := uint32(len(trackers))
	trackers = append(trackers, tracker.Open(facts, &currentPage, browser.NewPorts(handle), int64(now)))
	return handle
}

// page tells where the calls that follow are made.
//
//go:wasmexport page
func page(bytes uint32) {
	defer browser.Recover()
	currentPage.Set(border.Text(bytes))
}

// call runs one call of the page and returns the length of its answer.
//
//go:wasmexport call
func call(handle, method, idBytes, bytes uint32, at float64) uint32 {
	defer browser.Recover()
	text := border.Text(bytes)
	stamp := identity.Stamp{TimeMS: int64(at), InsertID: text[:idBytes]}
	return border.Reply(trackers[handle].Call(tracker.Method(method), stamp, text[idBytes:]))
}

// tracks runs calls of track, a line each; then, where end is 1, the task ends, as by commit.
//
//go:wasmexport tracks
func tracks(handle, bytes, end uint32, now float64) {
	defer browser.Recover()
	trackers[handle].Tracks(border.Text(bytes))
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
	runtime.Gosched() // The garbage collector's own goroutines get no other turn, and memory grows by half a megabyte without.
}

// flush sends what waits, now; the import flushed tells the outcome under the ticket.
//
//go:wasmexport flush
func flush(handle, ticket uint32, now float64) {
	defer browser.Recover()
	trackers[handle].Flush(ticket, int64(now))
}

// answered brings the answer to a request; status 0 says that there was none, a negative retryAfter that it asked for no delay.
//
//go:wasmexport answered
func answered(handle, request, status uint32, retryAfter float64, bytes uint32, now float64) {
	defer browser.Recover()
	answer := outbox.Answer{Status: int(status), RetryAfterMS: int64(retryAfter), Body: border.Text(bytes)}
	trackers[handle].Answered(request, answer, int64(now))
}

// locked tells that the lock is held.
//
//go:wasmexport locked
func locked(handle uint32, now float64) {
	defer browser.Recover()
	trackers[handle].Locked(int64(now))
}

// wake tells that the time has come that the tracker waited for.
//
//go:wasmexport wake
func wake(handle uint32, now float64) {
	defer browser.Recover()
	trackers[handle].Wake(int64(now))
}

// adopt brings what IndexedDB holds of the outbox.
//
//go:wasmexport adopt
func adopt(handle, bytes uint32, now float64) {
	defer browser.Recover()
	trackers[handle].Adopt(border.Text(bytes), int64(now))
}

// changed tells that another tab wrote to localStorage.
//
//go:wasmexport changed
func changed(now float64) {
	defer browser.Recover()
	for _, t := range trackers {
		t.StorageChanged(int64(now))
	}
}

// leave tells that this may be the page's last moment.
//
//go:wasmexport leave
func leave(now float64) {
	defer browser.Recover()
	for _, t := range trackers {
		t.Leave(int64(now))
	}
}

// back tells that it was not, or that the network is there again.
//
//go:wasmexport back
func back(now float64) {
	defer browser.Recover()
	for _, t := range trackers {
		t.Resume(int64(now))
	}
}
