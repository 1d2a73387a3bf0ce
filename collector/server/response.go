package server

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"github.com/throughline/throughline/collector/ingest"
	"github.com/throughline/throughline/collector/metrics"
)

// trackResponse is the verbose response of /track, /engage and /groups. status and error are Mixpanel's fields, the others are our own.
type trackResponse struct {
	Status int     `json:"status"`
	Error  *string `json:"error"`
	// Refused is wholeRequest where the request as a whole was refused or did not arrive completely: a redirect turned it into a GET, or a
	// proxy emptied, cut or re-encoded its body. The response then says nothing about records that are not in failed_records, and the
	// client keeps them.
	Refused string         `json:"refused,omitempty"`
	Good    *int           `json:"num_good_events,omitempty"`
	Failed  []ingest.Fault `json:"failed_records,omitempty"`
	Taken   []takenAlias   `json:"alias_taken,omitempty"`
}

// wholeRequest is the value of trackResponse.Refused.
const wholeRequest = "request"

// importResponse is the response of /import, in Mixpanel's format.
type importResponse struct {
	Code     int            `json:"code"`
	Error    string         `json:"error,omitempty"`
	Failed   []ingest.Fault `json:"failed_records,omitempty"`
	Imported int            `json:"num_records_imported"`
	Status   string         `json:"status"`
}

// refuse answers a request of which nothing was stored.
func (req *request) refuse(status int, reason metrics.Reason, message string) {
	req.Metrics.Refused(reason)
	if status != http.StatusServiceUnavailable {
		req.Log.Warn("a request was refused", "path", req.r.URL.Path, "status", status, "why", message)
	}
	if req.wantsImportResponse() {
		req.respondImport(importResponse{Code: status, Error: message})
		return
	}
	req.respond(status, trackResponse{Error: &message, Refused: wholeRequest})
}

func (req *request) respondImport(a importResponse) {
	req.reserved.Keep(req.answerSize)
	a.Status = http.StatusText(a.Code)
	req.w.Header().Set("Content-Type", "application/json")
	req.w.WriteHeader(a.Code)
	_ = json.NewEncoder(req.w).Encode(a) // The only error is a closed connection.
}

// callbackPattern matches the callbacks that a JSONP response may call: the name of a function, or of a member of an object. Anything else
// would let the address inject a script.
var callbackPattern = regexp.MustCompile(`^[A-Za-z_$][\w$]{0,99}(\.[A-Za-z_$][\w$]{0,99}|\[[0-9]{1,9}\]){0,9}$`)

// checkCallback reports whether the callback is valid or absent; if not, it answers 400 before anything of the request is stored.
func (req *request) checkCallback() bool {
	callback := req.queryParam("callback")
	if callback == "" || callbackPattern.MatchString(callback) {
		return true
	}
	req.Metrics.Refused(metrics.BadCallback)
	message, contentType := "the callback is not the name of a function", "text/plain; charset=utf-8"
	if req.isVerbose() {
		message, contentType = req.encodeJSON(trackResponse{Error: &message, Refused: wholeRequest}), "application/json"
	}
	req.w.Header().Set("Content-Type", contentType)
	req.w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(req.w, message) // The only error is a closed connection.
	return false
}

func (req *request) isVerbose() bool { return req.queryParam("verbose") == "1" }

func (req *request) encodeJSON(a trackResponse) string {
	encoded, err := json.Marshal(a)
	if err != nil {
		req.Log.Error("an answer that JSON cannot say", "error", err)
	}
	return string(encoded)
}

// transparentGIF is a transparent GIF of 1x1 pixel.
var transparentGIF, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

// respond answers 1 or 0 as Mixpanel does, or JSON with verbose=1; as a script for JSONP, or as an image with img=1.
func (req *request) respond(status int, a trackResponse) {
	req.reserved.Keep(req.answerSize)
	text, contentType := strconv.Itoa(a.Status), "text/plain; charset=utf-8"
	if req.isVerbose() {
		text, contentType = req.encodeJSON(a), "application/json"
	}
	if callback := req.queryParam("callback"); callback != "" {
		text, contentType = callback+"("+text+");", "text/javascript; charset=utf-8"
		if status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests {
			status = http.StatusOK // Browsers do not run a script with another status.
		}
	} else if req.queryParam("img") == "1" {
		text, contentType = string(transparentGIF), "image/gif"
	}
	req.w.Header().Set("Content-Type", contentType)
	req.w.WriteHeader(status)
	_, _ = io.WriteString(req.w, text) // The only error is a closed connection.
}
