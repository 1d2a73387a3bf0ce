package server

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/ingest"
	"github.com/throughline/throughline/collector/memory"
)

// watchingWriter notes how much memory is free when the answer is written: a client may take a minute to read it.
type watchingWriter struct {
	*httptest.ResponseRecorder
	budget *memory.Budget
	free   int64
}

func (w *watchingWriter) WriteString(text string) (int, error) {
	w.free = w.budget.Free()
	return w.ResponseRecorder.WriteString(text)
}

// When a request has been stored, only its answer holds memory.
func TestAnswersHoldLittleMemory(t *testing.T) {
	s := New(Config{Store: &countingStore{}, Aliases: noAliases{}, API: noAPI{http.NotFoundHandler()}, Log: slog.New(slog.DiscardHandler), MaxConnections: 1, Memory: memory.Smallest})
	body := `[{"event":"E","properties":{"token":"t","distinct_id":"d","x":"` + strings.Repeat("x", 2_000_000) + `"}},{"event":""}]`
	w := &watchingWriter{ResponseRecorder: httptest.NewRecorder(), budget: s.bodies}
	s.handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/track?verbose=1", strings.NewReader(body)))
	require.Equal(t, http.StatusBadRequest, w.Code)
	total := memory.NewPlan(memory.Smallest).Requests
	assert.Less(t, total-w.free, int64(10_000))
	assert.Equal(t, total, s.bodies.Free())
}

// What is reserved for an answer is at least as much as it takes, whatever its texts are.
func TestAnswerSize(t *testing.T) {
	for _, text := range []string{"plain", `"\<>&`, "\x00\x01\x1f", "\u2028", "ünï 😀", "\xff\xfe", strings.Repeat("<", 255)} {
		faults := []ingest.Fault{{InsertID: text, Field: "properties.$insert_id", Message: "wrong"}, {Index: 1}}
		events := []event.Event{{Alias: text, DistinctID: text, InsertID: text}, {Name: "no alias", InsertID: strings.Repeat("x", 1000)}}
		answer, err := json.Marshal(trackResponse{Failed: faults, Taken: []takenAlias{{text, text, text}}})
		require.NoError(t, err)
		assert.GreaterOrEqual(t, answerSize(events, faults), 2*len(answer)-200, "%q", text)
	}
}
