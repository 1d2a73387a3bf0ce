package outbox

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAnswersAreUnderstood(t *testing.T) {
	refusedBy := func(reason string) verdict { return verdict{kind: refused, reason: reason} }
	for _, c := range []struct {
		status int
		body   string
		want   verdict
	}{
		{200, "1", verdict{kind: delivered}},
		{200, " 1\r\n", verdict{kind: delivered}},
		{200, `{"status":1,"error":null}`, verdict{kind: delivered, reason: "no reason given"}},
		{200, `{"error":"","status":1}`, verdict{kind: delivered}},
		{200, `{"status":"OK"}`, verdict{kind: unwelcome, reason: "no reason given"}}, // Many a server that is no collector says that it is well.
		{200, `{"code":200,"num_records_imported":2,"status":"OK"}`, verdict{kind: delivered, reason: "no reason given"}},
		{200, "0", refusedBy("no reason given")},
		{200, `{"status":0,"error":"token, missing or empty"}`, refusedBy("token, missing or empty")},
		{200, "", verdict{kind: unwelcome, reason: "no reason given"}},
		{200, "11", verdict{kind: unwelcome, reason: "no reason given"}},
		{200, "[1]", verdict{kind: unwelcome, reason: "no reason given"}},
		{200, `{"status":1`, verdict{kind: unwelcome, reason: "no reason given"}},
		{200, `{"status":1}<html>`, verdict{kind: unwelcome, reason: "no reason given"}},
		{200, "<html>1</html>", verdict{kind: unwelcome, reason: "no reason given"}},
		{204, "", verdict{kind: unwelcome, reason: "no reason given"}},
		{400, "0", refusedBy("no reason given")},
		{400, "1", verdict{kind: refused}},
		{400, "<html>", verdict{kind: refused, reason: "no reason given"}},
		{400, `{"error":"no"}`, verdict{kind: refused, reason: "no"}},
		{413, "", verdict{kind: tooLarge, reason: "too large for the collector"}},
		{0, "", verdict{kind: unavailable}},
		{408, "", verdict{kind: unavailable}},
		{425, "", verdict{kind: unavailable}},
		{429, "1", verdict{kind: unavailable}},
		{500, "", verdict{kind: unavailable}},
		{503, `{"status":1}`, verdict{kind: unavailable}},
		{301, "1", verdict{kind: unwelcome}},
		{401, "0", verdict{kind: unwelcome}},
		{403, "", verdict{kind: unwelcome}},
		{404, "1", verdict{kind: unwelcome}},
		{
			400, `{"status":0,"error":"event 1: bad","num_good_events":2,"failed_records":[{"index":1,"$insert_id":"x","field":"time","message":"is no time"},{"index":2,"message":"odd"}]}`,
			verdict{kind: refused, reason: "event 1: bad", failed: []failure{{1, "time: is no time"}, {2, "odd"}}},
		},
		{
			400, `{"code":400,"status":"Bad Request","num_records_imported":1,"failed_records":[{"index":0,"message":"odd"}]}`,
			verdict{kind: refused, reason: "no reason given", failed: []failure{{0, "odd"}}},
		},
		{
			400, `{"status":0,"failed_records":[{"index":-1},{"index":"7"},{"index":1e3},7,null]}`,
			verdict{kind: refused, reason: "no reason given", failed: []failure{{-1, ""}, {-1, ""}, {-1, ""}, {-1, ""}, {-1, ""}}},
		},
		{
			200, `{"status":1,"alias_taken":[{"alias":"U\u0041","owner":"D1","distinct_id":"D2","insert_id":"i"}]}`,
			verdict{kind: delivered, reason: "no reason given", taken: []taken{{"i", "UA", "D1"}}},
		},
	} {
		c.want.status = c.status
		assert.Equal(t, c.want, understand(Answer{Status: c.status, Body: c.body}), "%d %s", c.status, c.body)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"status":1}`)
	f.Add(400, `{"status":0,"failed_records":[{"index":1}]}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		v := understand(Answer{Status: status, Body: body})
		if v.kind != delivered {
			return
		}
		// Nothing but what says so in so many words may remove events.
		var said struct {
			Status   any
			Imported *json.Number `json:"num_records_imported"`
		}
		if trim(body) == "1" {
			return
		}
		assert.NoError(t, json.Unmarshal([]byte(body), &said))
	})
}

func FuzzAnyAnswerKeepsTheBooks(f *testing.F) {
	f.Add(200, `{"status":1}`, int64(0))
	f.Add(400, `{"status":0,"failed_records":[{"index":1},{"index":1},{"index":2}]}`, int64(-1))
	f.Add(413, "", int64(1<<62))
	f.Fuzz(func(t *testing.T, code int, body string, retryAfter int64) {
		w := newWorld(t, 1)
		r := status(code, body)
		r.answer.RetryAfterMS = retryAfter
		w.faults.network = answers(times(5, r)...)
		p := w.open()
		ids := p.track(4)
		w.settle()
		v := understand(r.answer)
		vouched := v.kind == delivered || len(v.failed) > 0
		for _, id := range ids {
			arrived := w.collector.stored[id] > 0
			gone := 0
			for _, rejected := range p.rejected {
				if rejected == id {
					gone++
				}
			}
			assert.LessOrEqual(t, gone, 1)
			if !vouched {
				assert.NotEqual(t, arrived, gone == 1, "%s", id)
			}
		}
	})
}
