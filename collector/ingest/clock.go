package ingest

import "strconv"

// Clock is when a request came, and what its client said the time was when it sent it.
type Clock struct {
	ReceivedMS int64
	ClientMS   int64 // 0 if the client did not say
}

// clockTolerance is how far a client's clock may be off before times are corrected. It covers the time that a request is under way.
const clockTolerance = 10 * 60_000

// longestWait is how long an event may have waited in its client. One that would have waited longer is older than the clock says, or the
// parameter is a random number that keeps caches from answering and looks like a time.
const longestWait = 90 * 24 * 60 * 60_000

// latestClientTime is in the year 2100. A later time is no clock's, but a random number that keeps caches from answering.
const latestClientTime = 4_102_444_800_000

// ParseClientTime returns the client's time from the parameter _ of the address, in milliseconds, as mixpanel-browser and Throughline send
// it; 0 if it is missing or no time. Of Mixpanel's clients no other says what time it is.
func ParseClientTime(text string) int64 {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 0 || ms > latestClientTime {
		return 0
	}
	return ms
}

// correction returns what must be added to an event's time. Where the client's clock is off, so are the times of its events, and by as
// much. An event that lies ahead of what the client says is its time was not timed by that clock (or the parameter is no clock, but a
// counter that keeps caches from answering), and is left as it is.
func (c Clock) correction(sentMS int64) int64 {
	off := c.ReceivedMS - c.ClientMS
	if sentMS == 0 || c.ClientMS == 0 || max(off, -off) <= clockTolerance || sentMS > c.ClientMS+clockTolerance || c.ClientMS-sentMS > longestWait {
		return 0
	}
	return off
}
