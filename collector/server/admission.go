package server

import (
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/throughline/throughline/collector/clientaddr"
	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/limit"
	"github.com/throughline/throughline/collector/metrics"
)

// aliasAnswers is how often one client is told that an alias is taken. A person signs up a few times a year; who asks for a list of
// addresses needs an answer for each.
var aliasAnswers = limit.Rate{PerSecond: 10.0 / 60, Burst: 20}

// admission decides who may send, how much, and who is told about aliases. Clients on this machine are not limited by their address, unless
// a proxy has passed their requests on.
type admission struct {
	origins   clientaddr.Resolver
	byAddress *limit.Table[netip.Prefix]
	byToken   *limit.Table[uint64] // by hash, because a token that a stranger makes up may be long
	aliases   *limit.Table[netip.Prefix]
	seed      maphash.Seed
}

func newAdmission(config Config) *admission {
	return &admission{
		origins:   clientaddr.Resolver{Trusted: config.TrustedProxies},
		byAddress: limit.NewTable[netip.Prefix](config.RatePerAddress),
		byToken:   limit.NewTable[uint64](config.RatePerToken),
		aliases:   limit.NewTable[netip.Prefix](aliasAnswers),
		seed:      maphash.MakeSeed(),
	}
}

// admitAddress reports whether the client's address may send a request now; if not, it answers 429. It takes one event, before the body is
// read, because what is wrong with a body costs time too.
func (req *request) admitAddress() bool {
	if req.origin.Local {
		return true
	}
	wait, ok := req.admission.byAddress.Take(req.origin.Network(), 1, req.received)
	if !ok {
		why := "too many events come from this address"
		if clientaddr.ForwardedBy(req.r) != "" && req.origin.Addr == remoteAddr(req.r) {
			why += ", which is a proxy's: " + req.admission.origins.WhyProxyCounts(req.r)
		}
		req.refuseForRate(metrics.AddressRate, why, wait)
	}
	return ok
}

// bytesPerEvent is up to how many bytes a record counts as one event. What pages send has less; who sends megabytes in few records keeps the
// database as busy as with many.
const bytesPerEvent = 2 << 10

// chargeAddress takes the events of a request beyond the first, by the number of its records or by its weight. They are taken even if there are
// not enough: by now the request was read, and refusing it would only make its client send it again. The next one waits longer.
func (req *request) chargeAddress(records, bytes int) {
	if !req.origin.Local {
		req.admission.byAddress.Charge(req.origin.Network(), max(records, bytes/bytesPerEvent)-1, req.received)
	}
}

func totalBytes(records []string) (bytes int) {
	for _, record := range records {
		bytes += len(record)
	}
	return bytes
}

// takeFromTokens takes the records of a batch from what their projects may send now; if there are not enough for one of them, it answers 429
// and returns false.
func (req *request) takeFromTokens(batch event.Batch) bool {
	records := map[string]int{}
	for i := range batch.Events {
		records[batch.Events[i].Token]++
	}
	for i := range batch.Updates {
		records[batch.Updates[i].Token]++
	}
	for token, n := range records {
		if wait, ok := req.admission.byToken.Take(maphash.String(req.admission.seed, token), n, req.received); !ok {
			req.refuseForRate(metrics.TokenRate, "too many events come for this project", wait)
			return false
		}
	}
	return true
}

// aliasesToTell returns of how many of so many aliases the client may be told whether they are taken. Each costs an answer, whether it is
// taken or not: if silence depended on that, it would be an answer too.
func (req *request) aliasesToTell(aliases int) int {
	switch {
	case req.HideTakenAliases, !req.isVerbose(): // An answer without verbose=1 has no room for it.
		return 0
	case req.origin.Local:
		return aliases
	}
	for told := range aliases {
		if _, ok := req.admission.aliases.Take(req.origin.Network(), 1, req.received); !ok {
			return told
		}
	}
	return aliases
}

// longestWait is the longest wait that a client is told, because it knows nothing of what others send meanwhile.
const longestWait = 60 * time.Second

// refuseForRate answers 429 with Retry-After: the client keeps its data and waits.
func (req *request) refuseForRate(reason metrics.Reason, message string, wait time.Duration) {
	seconds := math.Ceil(min(wait, longestWait).Seconds())
	req.w.Header().Set("Retry-After", strconv.Itoa(max(1, int(seconds))))
	req.refuse(http.StatusTooManyRequests, reason, message)
}

// remoteAddr returns the address that has connected.
func remoteAddr(r *http.Request) netip.Addr { return clientaddr.Resolver{}.Origin(r).Addr }
