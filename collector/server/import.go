package server

import (
	"net/http"
	"strings"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
)

// importEvents is /import: events by a server that says who it is, of any time.
func (v *visit) importEvents() {
	if user, _ := v.basic(); user == "" && v.r.URL.Query().Get("api_key") == "" {
		v.w.Header().Set("WWW-Authenticate", `Basic realm="import"`)
		v.refuse(http.StatusUnauthorized, "import needs Basic authentication, with the project's token or secret as the user, or a service account and project_id in the address")
		return
	}
	records, ok := v.records()
	if !ok {
		return
	}
	events, faults := ingest.Events(records, v.project())
	if !v.keep(event.Batch{Events: events}) {
		return
	}
	if !v.wantsImportAnswer() {
		v.settle(len(events), faults, v.taken(events))
		return
	}
	answer := importAnswer{Code: http.StatusOK, Imported: len(events)}
	if len(faults) > 0 || v.cut {
		line := v.complaint(len(events), faults)
		answer.Code, answer.Error, answer.Failed = http.StatusBadRequest, "some data points in the request failed validation", faults
		if v.cut {
			answer.Error = line
		}
	}
	v.answerImport(answer)
}

// wantsImportAnswer reports whether the client reads JSON. Those that send forms to /import, as older ones do, read 1 or 0.
func (v *visit) wantsImportAnswer() bool {
	path := strings.TrimSuffix(v.r.URL.Path, "/")
	form := strings.HasPrefix(v.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	return path == "/import" && v.r.Method == http.MethodPost && !form
}
