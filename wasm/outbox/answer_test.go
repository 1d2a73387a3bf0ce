package outbox

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/identity/jsontext"
)

func parse(a Answer) (v parsedAnswer) {
	v.parse(&a)
	return v
}

func TestParseAnswer(t *testing.T) {
	refusedBy := func(reason string) parsedAnswer { return parsedAnswer{kind: refused, reason: reason} }
	for _, c := range []struct {
		status int
		body   string
		want   parsedAnswer
	}{
		{200, "1", parsedAnswer{kind: delivered}},
		{200, " 1\r\n", parsedAnswer{kind: delivered}},
		{200, "1\x00", parsedAnswer{kind: misanswered, reason: "no reason given"}}, // Only JSON white space is ignored.
		{200, `{"status":1,"error":null}`, parsedAnswer{kind: delivered, reason: "no reason given"}},
		{200, `{"error":"","status":1}`, parsedAnswer{kind: delivered}},
		{200, `{"status":"OK"}`, parsedAnswer{kind: misanswered, reason: "no reason given"}}, // Many servers that are not collectors answer health checks like this.
		{200, `{"code":200,"num_records_imported":2,"status":"OK"}`, parsedAnswer{kind: delivered, reason: "no reason given"}},
		{200, "0", refusedBy("no reason given")},
		{200, `{"status":0,"error":"token, missing or empty"}`, refusedBy("token, missing or empty")},
		{200, "", parsedAnswer{kind: misanswered, reason: "no reason given"}},
		{200, "11", parsedAnswer{kind: misanswered, reason: "no reason given"}},
		{200, "[1]", parsedAnswer{kind: misanswered, reason: "no reason given"}},
		{200, `{"status":1`, parsedAnswer{kind: misanswered, reason: "no reason given"}},
		{200, `{"status":1}<html>`, parsedAnswer{kind: misanswered, reason: "no reason given"}},
		{200, "<html>1</html>", parsedAnswer{kind: misanswered, reason: "no reason given"}},
		{204, "", parsedAnswer{kind: misanswered, reason: "no reason given"}},
		{400, "0", refusedBy("no reason given")},
		{400, "1", parsedAnswer{kind: refused}},
		{400, "<html>", parsedAnswer{kind: refused, reason: "no reason given"}},
		{400, `{"error":"no"}`, parsedAnswer{kind: refused, reason: "no"}},
		{413, "", parsedAnswer{kind: tooLarge, reason: "too large for the collector"}},
		{0, "", parsedAnswer{kind: unavailable}},
		{408, "", parsedAnswer{kind: unavailable}},
		{425, "", parsedAnswer{kind: unavailable}},
		{429, "1", parsedAnswer{kind: unavailable}},
		{500, "", parsedAnswer{kind: unavailable}},
		{503, `{"status":1}`, parsedAnswer{kind: unavailable}},
		{301, "1", parsedAnswer{kind: misanswered}},
		{401, "0", parsedAnswer{kind: misanswered}},
		{403, "", parsedAnswer{kind: misanswered}},
		{404, "1", parsedAnswer{kind: misanswered}},
		{
			400, `{"status":0,"error":"event 1: bad","num_good_events":2,"failed_records":[{"index":1,"$insert_id":"x","field":"time","message":"is no time"},{"index":2,"message":"odd"}]}`,
			parsedAnswer{kind: refused, reason: "event 1: bad", failedRecords: []failedRecord{{1, "time: is no time"}, {2, "odd"}}},
		},
		{
			400, `{"code":400,"status":"Bad Request","num_records_imported":1,"failed_records":[{"index":0,"message":"odd"}]}`,
			parsedAnswer{kind: refused, reason: "no reason given", failedRecords: []failedRecord{{0, "odd"}}},
		},
		{
			400, `{"status":0,"failed_records":[{"index":-1},{"index":"7"},{"index":1e3},7,null]}`,
			parsedAnswer{kind: refused, reason: "no reason given", failedRecords: []failedRecord{{-1, ""}, {-1, ""}, {-1, ""}, {-1, ""}, {-1, ""}}},
		},
		{
			200, `{"status":1,"alias_taken":[{"alias":"U\u0041","distinct_id":"D2","insert_id":"i"}]}`,
			parsedAnswer{kind: delivered, reason: "no reason given", aliasConflicts: []aliasConflict{{"UA", "D2"}}},
		},
		{ // An older collector names the owner.
			200, `{"status":1,"alias_taken":[{"alias":"UA","owner":"D1","distinct_id":"D2","insert_id":"i"}]}`,
			parsedAnswer{kind: delivered, reason: "no reason given", aliasConflicts: []aliasConflict{{"UA", "D2"}}},
		},
		{
			200, `{"status":1,"alias_taken":[7,null,{},[],{"alias":7,"distinct_id":{"alias":"U"}},{"alias":null,"distinct_id":"D2"}]}`,
			parsedAnswer{kind: delivered, reason: "no reason given", aliasConflicts: []aliasConflict{{}, {}, {}, {}, {}, {"", "D2"}}},
		},
		{200, `{"status":1,"alias_taken":{"alias":"U","distinct_id":"D2"}}`, parsedAnswer{kind: delivered, reason: "no reason given"}},
	} {
		c.want.status = c.status
		assert.Equal(t, c.want, parse(Answer{Status: c.status, Body: c.body}), "%d %s", c.status, c.body)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"status":1}`)
	f.Add(400, `{"status":0,"failed_records":[{"index":1}]}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		v := parse(Answer{Status: status, Body: body})
		if v.kind != delivered {
			return
		}
		// Only an answer that says so explicitly may remove events.
		var said struct {
			Status   any
			Imported *json.Number `json:"num_records_imported"`
		}
		if jsontext.TrimSpace(body) == "1" {
			return
		}
		assert.NoError(t, json.Unmarshal([]byte(body), &said))
	})
}

func FuzzAnyAnswerLosesNothing(f *testing.F) {
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
		v := parse(r.answer)
		vouched := v.kind == delivered || len(v.failedRecords) > 0
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
