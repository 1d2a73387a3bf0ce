package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
	"github.com/throughline/throughline/collector/metrics"
)

// handleImport answers /import, to which servers send events of any age. It needs authentication, as Mixpanel's does: with the project's
// secret where the list of projects has one.
func (req *request) handleImport() {
	user, password := req.basicAuth()
	apiKey := req.queryParam("api_key")
	if user == "" && apiKey == "" {
		req.refuseImport(metrics.Unauthenticated, "import needs Basic authentication, with the project's token or secret as the user, or a service account and project_id in the address")
		return
	}
	records, ok := req.readRecords()
	if !ok {
		return
	}
	credentials, closed := req.Projects.Check(user, password, apiKey), false
	about := req.ingestRequest()
	if only := credentials.Only(); !req.Projects.Has(about.Project) && only != "" {
		about.Project = only // The project's secret is the user.
	}
	about.Refuse = func(token string) string {
		closed = closed || !credentials.Opens(token)
		return req.refuseToken(token)
	}
	events, faults := ingest.Events(records, about)
	if closed {
		req.refuseSecret()
		return
	}
	if !req.store(event.Batch{Events: events}, faults) {
		return
	}
	if !req.wantsImportResponse() {
		req.respondStored(http.StatusBadRequest, len(events), faults, req.takenAliases(events))
		return
	}
	response := importResponse{Code: http.StatusOK, Imported: len(events)}
	if len(faults) > 0 || req.truncated {
		summary := req.logFaults(len(events), faults)
		response.Code, response.Error, response.Failed = http.StatusBadRequest, "some data points in the request failed validation", faults
		if req.truncated {
			response.Error = summary
		}
	}
	req.respondImport(response)
}

func (req *request) refuseImport(reason metrics.Reason, message string) {
	req.w.Header().Set("WWW-Authenticate", `Basic realm="import"`)
	req.refuse(http.StatusUnauthorized, reason, message)
}

// refuseSecret answers a request for a project whose secret it does not present. None of its events are stored, and it takes its time,
// because secrets can be tried like keys.
func (req *request) refuseSecret() {
	req.reserved.ReleaseAll() // Whoever waits must not hold the memory of others.
	if !req.secrets.Wrong(req.r.Context(), "import") {
		req.refuseForRate(metrics.SecretRate, "too many wrong secrets are being tried", refusedAttemptWait)
		return
	}
	req.refuseImport(metrics.WrongSecret, "importing into this project needs its secret, as the user of Basic authentication or as the password of a service account")
}

// refusedAttemptWait is what a client is told to wait where too many already wait.
const refusedAttemptWait = 5 * time.Second

// wantsImportResponse reports whether the client reads JSON. Older clients send a form to /import and read 1 or 0.
func (req *request) wantsImportResponse() bool {
	path := strings.TrimSuffix(req.r.URL.Path, "/")
	form := strings.HasPrefix(req.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	return path == "/import" && req.r.Method == http.MethodPost && !form
}
