package server

import (
	"net/http"
	"strings"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
)

// handleImport answers /import, to which servers send events of any age. It needs authentication, as Mixpanel's does.
func (req *request) handleImport() {
	if user, _ := req.basicAuth(); user == "" && req.queryParam("api_key") == "" {
		req.w.Header().Set("WWW-Authenticate", `Basic realm="import"`)
		req.refuse(http.StatusUnauthorized, "import needs Basic authentication, with the project's token or secret as the user, or a service account and project_id in the address")
		return
	}
	records, ok := req.readRecords()
	if !ok {
		return
	}
	events, faults := ingest.Events(records, req.defaultProject())
	if !req.reserveAnswer(events, faults) || !req.store(event.Batch{Events: events}) {
		return
	}
	if !req.wantsImportResponse() {
		req.respondStored(len(events), faults, req.takenAliases(events))
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

// wantsImportResponse reports whether the client reads JSON. Older clients send a form to /import and read 1 or 0.
func (req *request) wantsImportResponse() bool {
	path := strings.TrimSuffix(req.r.URL.Path, "/")
	form := strings.HasPrefix(req.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	return path == "/import" && req.r.Method == http.MethodPost && !form
}
