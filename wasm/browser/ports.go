//go:build js || tinygo

package browser

import (
	"unsafe"

	"github.com/throughline/throughline/identity"
	"github.com/throughline/throughline/wasm/outbox"
	"github.com/throughline/throughline/wasm/tracker"
)

// Ports implements tracker.Ports for one tracker, and outbox.Ports for one endpoint of it.
type Ports struct {
	Storage
	handle uint32 // of the tracker, plus the endpoint
}

// NewPorts returns the ports of the tracker with this handle. The next handles are those of its other endpoints.
func NewPorts(handle uint32) *Ports { return &Ports{handle: handle} }

// For returns the ports of the outbox of an endpoint.
func (p *Ports) For(endpoint identity.Endpoint) outbox.Ports {
	return NewPorts(p.handle + uint32(endpoint))
}

// Send starts a request and reports whether the browser accepted it. The export answered is called with its answer.
func (p *Ports) Send(request uint32, r outbox.Request) bool {
	url, urlBytes := pointer(r.URL)
	body, bodyBytes := pointer(r.Body)
	return hostSend(p.handle, request, uint32(r.Mode), url, urlBytes, body, bodyBytes) == 0
}

// WakeAfter asks for one call of the export wake after a delay. It replaces an earlier request.
func (p *Ports) WakeAfter(delayMS int64) { hostWake(p.handle, float64(delayMS)) }

// Acquire asks for a lock of the origin. The export locked is called once it is held.
func (p *Ports) Acquire(name string) {
	text, bytes := pointer(name)
	hostLock(p.handle, text, bytes)
}

// Release releases the lock, or withdraws the request for it.
func (p *Ports) Release() { hostUnlock(p.handle) }

// Keep stores a copy in IndexedDB.
func (p *Ports) Keep(key, text string) {
	k, keyBytes := pointer(key)
	t, bytes := pointer(text)
	hostMirrorKeep(k, keyBytes, t, bytes)
}

// Drop removes copies from IndexedDB.
func (p *Ports) Drop(keys []string) {
	text, bytes := pointer(joinLines(keys))
	hostMirrorDrop(text, bytes)
}

// Recall asks for the copies whose keys begin with prefix. The export adopt is called with them.
func (p *Ports) Recall(prefix string) {
	text, bytes := pointer(prefix)
	hostMirrorRecall(p.handle, text, bytes)
}

// Cookie returns the value of a cookie, or "" if there is none.
func (p *Ports) Cookie(name string) string {
	text, bytes := pointer(name)
	return takeText(hostCookie(text, bytes))
}

// SetCookie sets a cookie and reports whether the browser has it afterwards.
func (p *Ports) SetCookie(c *tracker.Cookie) bool {
	text, bytes := pointer(c.Text())
	return hostSetCookie(text, bytes) != 0
}

// Warn passes a warning, as JSON text, to the page.
func (p *Ports) Warn(warning string) {
	text, bytes := pointer(warning)
	hostWarn(p.handle, text, bytes)
}

// Flushed reports the outcome of the flush with this ticket.
func (p *Ports) Flushed(ticket uint32, done bool) {
	var flag uint32
	if done {
		flag = 1
	}
	hostFlushed(ticket, flag)
}

// Random fills b from the browser's random generator.
func (p *Ports) Random(b []byte) { hostRandom(unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))) }

// Recover must be deferred by every export. After a panic it reports to the page that the program is dead, and why.
func Recover() {
	if r := recover(); r != nil {
		reason := "the Go program panicked"
		switch r := r.(type) {
		case error:
			reason = r.Error()
		case string:
			reason = r
		}
		text, bytes := pointer(reason)
		hostDied(text, bytes)
	}
}

func joinLines(keys []string) string {
	var text []byte
	for i, key := range keys {
		if i > 0 {
			text = append(text, '\n')
		}
		text = append(text, key...)
	}
	return string(text)
}
