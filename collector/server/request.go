package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/throughline/throughline/collector/clientaddr"
	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/collector/metrics"
)

// request is one request to an endpoint that takes data.
type request struct {
	*Server
	w         http.ResponseWriter
	r         *http.Request
	reserved  *memory.Reservation
	received  time.Time
	origin    clientaddr.Origin
	truncated bool // the data ended in the middle
	// answerSize is the part of what is reserved that the answer takes. From when it is written on, a client that does not read it holds no
	// more than that.
	answerSize int
}

// endpoint returns the handler of an endpoint that takes data. Pages of any origin may send to it, because it reveals nothing about what is
// stored.
func (s *Server) endpoint(handle func(*request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := &request{Server: s, w: w, r: r, reserved: s.bodies.NewReservation(), received: s.Now(), origin: s.admission.origins.Origin(r)}
		defer req.reserved.ReleaseAll()
		req.allowOrigin()
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Method == http.MethodOptions:
			req.handlePreflight()
		case !req.checkCallback(): // checkCallback has answered it.
		case r.Method == http.MethodGet, r.Method == http.MethodPost:
			if req.admitAddress() {
				handle(req)
			}
		default:
			h.Set("Allow", "GET, POST, OPTIONS")
			req.refuse(http.StatusMethodNotAllowed, metrics.BadMethod, "send with POST, or with GET and data= in the address")
		}
	})
}

// allowOrigin names the page's origin instead of "*", because mixpanel-browser sends with credentials, and browsers refuse "*" for such
// requests.
func (req *request) allowOrigin() {
	h := req.w.Header()
	h.Add("Vary", "Origin")
	if origin := req.r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "Retry-After")
	}
}

// readRecords reads the request's records; where it cannot, it answers with the reason and returns false. If the data ends in the middle it
// returns the records that arrived and sets truncated.
func (req *request) readRecords() ([]string, bool) {
	switch encoding := strings.ToLower(req.r.Header.Get("Content-Encoding")); encoding {
	case "", "identity", "gzip", "x-gzip": // The first bytes of the body tell which of them it really is.
	default:
		req.refuse(http.StatusUnsupportedMediaType, metrics.BadEncoding, "the Content-Encoding is not known here: send gzip, or nothing")
		return nil, false
	}
	records, err := req.parseRecords()
	if req.truncated = errors.Is(err, ingest.ErrTruncated); req.truncated || err == nil {
		if err = req.reserved.Reserve(ingest.ParsedSize(records)); err == nil {
			req.chargeAddress(len(records), totalBytes(records))
			return records, true
		}
	}
	req.chargeAddress(0, req.reserved.Bytes())
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, ingest.ErrTooLarge):
		req.refuse(http.StatusRequestEntityTooLarge, metrics.TooLarge, ingest.ErrTooLarge.Error()+": send less at a time")
	case errors.Is(err, ingest.ErrTooManyRecords):
		req.refuse(http.StatusRequestEntityTooLarge, metrics.TooManyRecords, err.Error()+": send fewer at a time")
	case errors.Is(err, ingest.ErrNoData):
		req.refuse(http.StatusBadRequest, metrics.NoData, err.Error())
	case errors.Is(err, ingest.ErrNotJSON):
		req.refuse(http.StatusBadRequest, metrics.NotJSON, err.Error())
	case errors.Is(err, ingest.ErrBadGzip):
		req.refuse(http.StatusBadRequest, metrics.BadGzip, err.Error())
	case errors.Is(err, memory.ErrNeverFits), errors.Is(err, memory.ErrBusy):
		req.refuseForMemory(err)
	case errors.As(err, &network) && network.Timeout():
		req.refuse(http.StatusRequestTimeout, metrics.BodyTimeout, "the body did not arrive in time")
	default:
		req.refuse(http.StatusBadRequest, metrics.Incomplete, "the body did not arrive whole")
	}
	return nil, false
}

// ingestRequest returns what the request says outside of its records.
func (req *request) ingestRequest() ingest.Request {
	return ingest.Request{
		Project: req.defaultProject(),
		Clock:   ingest.Clock{ReceivedMS: req.received.UnixMilli(), ClientMS: ingest.ParseClientTime(req.queryParam("_"))},
		Refuse:  req.refuseToken,
	}
}

// refuseToken returns why a project may not send, "" if it may. It does not tell which projects may.
func (req *request) refuseToken(token string) string {
	if !req.Projects.Has(token) {
		return ingest.UnknownToken
	}
	return ""
}

func (req *request) parseRecords() ([]string, error) {
	if req.r.Method == http.MethodPost {
		body, err := req.reserved.ReadAll(http.MaxBytesReader(req.w, req.r.Body, ingest.MaxBody), ingest.MaxBody)
		if err != nil {
			return nil, err
		}
		req.connections.markActive(connFrom(req.r.Context()))
		if body != "" {
			return ingest.Records(body, req.reserved)
		}
	}
	if err := req.reserved.Reserve(len(req.r.URL.RawQuery)); err != nil {
		return nil, err
	}
	return ingest.Data(req.queryParam("data"), req.reserved)
}

// queryParam returns a parameter of the address, "" if there is none. Unlike URL.Query it makes no map of all parameters, which for a query
// of 64 KB takes megabytes.
func (req *request) queryParam(name string) string {
	value, _ := ingest.FormField(req.r.URL.RawQuery, name)
	return value
}

// store returns true once the batch is committed; otherwise it answers with the reason. The batch is stored even if the client has
// disconnected, because a page that is left closes its connection. The faults are those of the request's other records.
func (req *request) store(batch event.Batch, faults []ingest.Fault) bool {
	answer := answerSize(batch.Events, faults)
	if err := req.reserved.Reserve(answer); err != nil {
		req.refuseForMemory(err)
		return false
	}
	req.answerSize = answer
	if !req.takeFromTokens(batch) {
		return false
	}
	if len(batch.Events)+len(batch.Updates) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.r.Context()), storeTimeout)
	defer cancel()
	if err := req.Store.Store(ctx, batch); err != nil {
		req.Log.Warn("a request was not stored", "path", req.r.URL.Path, "error", err)
		req.refuseForNow(metrics.NotStored, "nothing was stored: the database cannot be written to; try again")
		return false
	}
	return true
}

// refuseForNow answers 503 with Retry-After: the client keeps its data and waits a few seconds before it tries again.
func (req *request) refuseForNow(reason metrics.Reason, message string) {
	req.w.Header().Set("Retry-After", "5")
	req.refuse(http.StatusServiceUnavailable, reason, message)
}

// slowBody is how long a body may be under way before its connection is closed in favour of a small request for which no memory is left.
const slowBody = 5 * time.Second

// refuseForMemory answers a request for which there is not enough memory: 413 if there never will be, so that the client sends less at a
// time, otherwise 503. Where it is a small request that finds none, clients that send their bodies slowly have taken it all: the slowest
// of them is disconnected.
func (req *request) refuseForMemory(err error) {
	if errors.Is(err, memory.ErrNeverFits) {
		req.refuse(http.StatusRequestEntityTooLarge, metrics.NeverFits, err.Error()+": send less at a time")
		return
	}
	if req.reserved.IsSmall() {
		req.connections.closeSlowest(req.received.Add(-slowBody))
	}
	req.refuseForNow(metrics.OutOfMemory, err.Error()+"; try again")
}
