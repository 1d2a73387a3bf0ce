package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
)

// visit is one request at one of the doors.
type visit struct {
	*Server
	w     http.ResponseWriter
	r     *http.Request
	share *share
	cut   bool // the data ended in the middle
}

// door lets the pages of any site send: these doors take, and tell nothing.
func (s *Server) door(take func(*visit)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Server: s, w: w, r: r, share: &share{budget: s.memory}}
		defer v.share.giveBack()
		v.allowOrigin()
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Method == http.MethodOptions:
			v.preflight()
		case !v.callable(): // It has been answered.
		case r.Method == http.MethodGet, r.Method == http.MethodPost:
			take(v)
		default:
			h.Set("Allow", "GET, POST, OPTIONS")
			v.refuse(http.StatusMethodNotAllowed, "send with POST, or with GET and data= in the address")
		}
	})
}

// allowOrigin answers requests with cookies too, as mixpanel-browser makes them: a star would not do.
func (v *visit) allowOrigin() {
	h := v.w.Header()
	h.Add("Vary", "Origin")
	if origin := v.r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "Retry-After")
	}
}

// records reads the request's records, or says what is wrong with it. Of data that ends in the middle it returns what came.
func (v *visit) records() ([]string, bool) {
	switch encoding := strings.ToLower(v.r.Header.Get("Content-Encoding")); encoding {
	case "", "identity", "gzip", "x-gzip": // Which of them it is, its first bytes tell.
	default:
		v.refuse(http.StatusUnsupportedMediaType, "the Content-Encoding is not known here: send gzip, or nothing")
		return nil, false
	}
	records, err := v.parse()
	if v.cut = errors.Is(err, ingest.ErrCut); v.cut || err == nil {
		return records, true
	}
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, ingest.ErrTooLarge):
		v.refuse(http.StatusRequestEntityTooLarge, ingest.ErrTooLarge.Error()+": send less at a time")
	case errors.Is(err, ingest.ErrManyRecords):
		v.refuse(http.StatusRequestEntityTooLarge, err.Error()+": send fewer at a time")
	case errors.Is(err, ingest.ErrNoData), errors.Is(err, ingest.ErrNotJSON), errors.Is(err, ingest.ErrBadGzip):
		v.refuse(http.StatusBadRequest, err.Error())
	case errors.Is(err, errBusy):
		v.later("too much is under way at once; try again")
	case errors.As(err, &network) && network.Timeout():
		v.refuse(http.StatusRequestTimeout, "the body did not arrive in time")
	default:
		v.refuse(http.StatusBadRequest, "the body did not arrive whole")
	}
	return nil, false
}

func (v *visit) parse() ([]string, error) {
	if v.r.Method == http.MethodPost {
		body, err := v.share.read(http.MaxBytesReader(v.w, v.r.Body, ingest.MaxBody))
		if err != nil {
			return nil, err
		}
		v.crowd.busy(connOf(v.r.Context()))
		if body != "" {
			return ingest.Records(body)
		}
	}
	data, _ := ingest.FormField(v.r.URL.RawQuery, "data")
	return ingest.Data(data)
}

// keep answers only after the commit. Who hung up meanwhile is stored all the same: a page that leaves does.
func (v *visit) keep(batch event.Batch) bool {
	if len(batch.Events)+len(batch.Updates) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.r.Context()), storeTime)
	defer cancel()
	if err := v.Store.Store(ctx, batch); err != nil {
		v.Log.Warn("a request was not stored", "path", v.r.URL.Path, "error", err)
		v.later("nothing was stored: the database cannot be written to; try again")
		return false
	}
	return true
}

// later keeps the client from giving up what it has, and from asking at once.
func (v *visit) later(message string) {
	v.w.Header().Set("Retry-After", "5")
	v.refuse(http.StatusServiceUnavailable, message)
}
