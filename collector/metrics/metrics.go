// Package metrics counts what the collector does, in the form that Prometheus reads. No label has anything that a client chose: endpoints,
// statuses and reasons are of lists that are known here, so that neither ids and tokens get into the metrics, nor a client who makes up paths
// can make them grow. Read Metrics; store.go measures any store from outside.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/throughline/throughline/collector/event"
)

// Metrics are the collector's metrics, in a registry of their own. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	requests        *prometheus.CounterVec
	requestsRefused *prometheus.CounterVec
	recordsRefused  *prometheus.CounterVec
	events          prometheus.Counter
	duplicates      prometheus.Counter
	erased          prometheus.Counter
	updates         prometheus.Counter
	commitSeconds   prometheus.Histogram
	commitRecords   prometheus.Histogram
	storeSeconds    prometheus.Histogram
	storeWaiting    prometheus.Gauge
	storeErrors     *prometheus.CounterVec
}

// commitBuckets are for times of a commit, in seconds: on a fast disk it takes less than a millisecond, and clients are told to come again after
// ten seconds.
var commitBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// New returns Metrics in which nothing has been counted.
func New() *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "throughline_" + name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "throughline_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "throughline_" + name, Help: help, Buckets: buckets})
	}
	m := &Metrics{
		registry:        prometheus.NewRegistry(),
		requests:        counters("requests_total", "Requests that were answered, by endpoint and status.", "endpoint", "status"),
		requestsRefused: counters("requests_refused_total", "Requests to the endpoints for events of which nothing was stored, by reason.", "reason"),
		recordsRefused:  counters("records_refused_total", "Events and profile updates that were refused alone, by reason.", "reason"),
		events:          counter("events_stored_total", "Events that were stored."),
		duplicates:      counter("events_duplicate_total", "Events that were already stored, and were not stored again."),
		erased:          counter("events_erased_total", "Events of persons who had been deleted, and were not stored."),
		updates:         counter("updates_stored_total", "Profile updates that were stored."),
		commitSeconds:   histogram("commit_seconds", "How long a commit of this collector took, from its begin until it was on the disk.", commitBuckets),
		commitRecords:   histogram("commit_records", "Events and profile updates in a commit of this collector.", prometheus.ExponentialBuckets(1, 4, 8)),
		storeSeconds:    histogram("store_seconds", "How long a request waited for its records to be stored, in the queue and in the commit.", commitBuckets),
		storeWaiting:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "throughline_store_waiting", Help: "Requests whose records are queued or being committed."}),
		storeErrors:     counters("store_errors_total", "Requests whose records could not be stored, by kind of error.", "kind"),
	}
	m.registry.MustRegister(m.requests, m.requestsRefused, m.recordsRefused, m.events, m.duplicates, m.erased, m.updates, m.commitSeconds,
		m.commitRecords, m.storeSeconds, m.storeWaiting, m.storeErrors, buildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, reason := range reasons { // A series that appears with its first value has no increase for Prometheus.
		m.requestsRefused.WithLabelValues(string(reason))
	}
	for _, kind := range storeErrorKinds {
		m.storeErrors.WithLabelValues(kind)
	}
	return m
}

// buildInfo is the constant 1, with what was built in its labels.
func buildInfo() prometheus.Collector {
	b := Build()
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "throughline_build_info", Help: "What this collector was built from.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": b.Go},
	})
	gauge.Set(1)
	return gauge
}

// revision is set by whoever builds outside of a clone: go build -ldflags "-X .../metrics.revision=...".
var revision string

// BuildInfo says what the program was built from.
type BuildInfo struct{ Version, Revision, Go string }

// Build returns what the linker knows of the program. Where it was not built in a clone, the revision is "unknown".
func Build() BuildInfo {
	b := BuildInfo{Version: "unknown", Revision: "unknown", Go: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			b.Revision = setting.Value
		}
	}
	if revision != "" {
		b.Revision = revision
	}
	return b
}

// Gauge adds a value that is asked for whenever the metrics are read. get must be quick and safe for concurrent use. Labels are pairs of a name
// and a value; all gauges of one name must have the same names of labels.
func (m *Metrics) Gauge(name, help string, get func() float64, labels ...string) {
	constant := prometheus.Labels{}
	for i := 0; i+1 < len(labels); i += 2 {
		constant[labels[i]] = labels[i+1]
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "throughline_" + name, Help: help, ConstLabels: constant}, get))
}

// Request counts a request that was answered. The endpoint must be one of a list, never a part of the client's path; the status is a number, or
// what was done instead of an answer.
func (m *Metrics) Request(endpoint, status string) {
	m.requests.WithLabelValues(endpoint, status).Inc()
}

// Refused counts a request of which nothing was stored.
func (m *Metrics) Refused(reason Reason) { m.requestsRefused.WithLabelValues(string(reason)).Inc() }

// RecordsRefused counts records that were refused alone. The reason must be one of a list, never what a client sent.
func (m *Metrics) RecordsRefused(reason string, n int) {
	m.recordsRefused.WithLabelValues(reason).Add(float64(n))
}

// Committed counts what a commit has stored. Stores call it after each of their own commits that succeeded: requests that failed are counted by
// MeasuredStore. A commit without records is a question of a load balancer or the store's own work, and does not count.
func (m *Metrics) Committed(c event.Commit) {
	records := c.Events + c.Duplicates + c.Erased + c.Updates
	if records == 0 {
		return
	}
	m.commitSeconds.Observe(c.Took.Seconds())
	m.commitRecords.Observe(float64(records))
	m.events.Add(float64(c.Events))
	m.duplicates.Add(float64(c.Duplicates))
	m.erased.Add(float64(c.Erased))
	m.updates.Add(float64(c.Updates))
}

// Limits of the handler: the collector's own clients come first.
const (
	maxConcurrentScrapes = 4
	scrapeTimeout        = 10 * time.Second
)

// Handler returns the handler that answers with all metrics. It asks for no key: whoever mounts it does.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: maxConcurrentScrapes, Timeout: scrapeTimeout, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError),
	})
}
