package server

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"github.com/throughline/throughline/collector/ingest"
)

// trackAnswer is what a verbose /track, /engage or /groups says: status and error as Mixpanel does, the rest is ours.
type trackAnswer struct {
	Status int     `json:"status"`
	Error  *string `json:"error"`
	// Refused is theRequest where the request as a whole was refused, or did not come whole: a redirect that made a GET of it, a proxy that
	// emptied, cut or re-encoded its body. Then nothing is said of its records that are not among failed_records, and a client keeps them.
	Refused string         `json:"refused,omitempty"`
	Good    *int           `json:"num_good_events,omitempty"`
	Failed  []ingest.Fault `json:"failed_records,omitempty"`
	Taken   []takenAlias   `json:"alias_taken,omitempty"`
}

// theRequest is what trackAnswer.Refused says.
const theRequest = "request"

// importAnswer is what /import says, as Mixpanel does.
type importAnswer struct {
	Code     int            `json:"code"`
	Error    string         `json:"error,omitempty"`
	Failed   []ingest.Fault `json:"failed_records,omitempty"`
	Imported int            `json:"num_records_imported"`
	Status   string         `json:"status"`
}

// refuse is for a request of which nothing was stored.
func (v *visit) refuse(status int, message string) {
	if status != http.StatusServiceUnavailable {
		v.Log.Warn("a request was refused", "path", v.r.URL.Path, "status", status, "from", v.r.RemoteAddr, "why", message)
	}
	if v.wantsImportAnswer() {
		v.answerImport(importAnswer{Code: status, Error: message})
		return
	}
	v.answer(status, trackAnswer{Error: &message, Refused: theRequest})
}

func (v *visit) answerImport(a importAnswer) {
	a.Status = http.StatusText(a.Code)
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(a.Code)
	_ = json.NewEncoder(v.w).Encode(a) // It fails where the client has gone.
}

// callbackName is what may stand in front of a bracket in a script that we write: the name of a function, or of a member of something.
var callbackName = regexp.MustCompile(`^[A-Za-z_$][\w$]{0,99}(\.[A-Za-z_$][\w$]{0,99}|\[[0-9]{1,9}\]){0,9}$`)

// callable refuses a request that wants to be answered with another script than a call, before anything of it is stored.
func (v *visit) callable() bool {
	callback := v.r.URL.Query().Get("callback")
	if callback == "" || callbackName.MatchString(callback) {
		return true
	}
	message, contentType := "the callback is not the name of a function", "text/plain; charset=utf-8"
	if v.verbose() {
		message, contentType = v.encode(trackAnswer{Error: &message, Refused: theRequest}), "application/json"
	}
	v.w.Header().Set("Content-Type", contentType)
	v.w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(v.w, message) // It fails where the client has gone.
	return false
}

func (v *visit) verbose() bool { return v.r.URL.Query().Get("verbose") == "1" }

func (v *visit) encode(a trackAnswer) string {
	encoded, err := json.Marshal(a)
	if err != nil {
		v.Log.Error("an answer that JSON cannot say", "error", err)
	}
	return string(encoded)
}

// pixel is a transparent GIF of 1x1.
var pixel, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

// answer says 1 or 0, as Mixpanel does; with verbose=1 more; as a script for JSONP, as a picture for img.
func (v *visit) answer(status int, a trackAnswer) {
	query := v.r.URL.Query()
	text, contentType := strconv.Itoa(a.Status), "text/plain; charset=utf-8"
	if v.verbose() {
		text, contentType = v.encode(a), "application/json"
	}
	if callback := query.Get("callback"); callback != "" {
		text, contentType = callback+"("+text+");", "text/javascript; charset=utf-8"
		if status != http.StatusServiceUnavailable {
			status = http.StatusOK // A script with another status does not run.
		}
	} else if query.Get("img") == "1" {
		text, contentType = string(pixel), "image/gif"
	}
	v.w.Header().Set("Content-Type", contentType)
	v.w.WriteHeader(status)
	_, _ = io.WriteString(v.w, text) // It fails where the client has gone.
}
