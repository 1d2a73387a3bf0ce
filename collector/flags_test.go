package main_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ask sends a request with these headers, and returns the status and the answer.
func ask(t *testing.T, c *http.Client, method, url, body string, headers ...string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// Every flag about who may send does what it says in the program itself.
func TestFlagsAboutWhoMaySend(t *testing.T) {
	tokens := filepath.Join(t.TempDir(), "tokens")
	require.NoError(t, os.WriteFile(tokens, []byte("t\nshut s3cret-of-shut\n"), 0o600))
	p, c := start(t, filepath.Join(t.TempDir(), "events.db"),
		"--tokens", "@"+tokens, "--trusted-proxies", "127.0.0.1,::1", "--rate-per-address", "0.01:3", "--rate-per-token", "0.01:20", "--alias-answers", "off"), client(t)
	track := func(from, body string) (int, string) {
		headers := []string{}
		if from != "" {
			headers = []string{"X-Forwarded-For", from}
		}
		return ask(t, c, http.MethodPost, p.url+"/track?verbose=1", body, headers...)
	}
	status, _ := track("203.0.113.1", "["+eventJSON("a1", "")+","+eventJSON("a2", "")+","+eventJSON("a3", "")+"]")
	assert.Equal(t, 200, status)
	status, _ = track("203.0.113.1", eventJSON("a4", ""))
	assert.Equal(t, 429, status)
	status, answer := track("", strings.Replace(eventJSON("b", ""), `"token":"t"`, `"token":"x"`, 1))
	assert.Equal(t, 400, status)
	assert.Contains(t, answer, "unknown token")
	for _, device := range []string{"$device:1", "$device:2"} {
		status, answer = track("", `{"event":"$create_alias","properties":{"token":"t","distinct_id":"`+device+`","alias":"jane"}}`)
		assert.Equal(t, 200, status)
		assert.NotContains(t, answer, "alias_taken")
	}
	status, _ = ask(t, c, http.MethodPost, p.url+"/import", `{"event":"E","properties":{"token":"shut"}}`, "Authorization", "Basic shut:wrong-secret")
	assert.Equal(t, 401, status)
	status, _ = ask(t, c, http.MethodPost, p.url+"/import", `{"event":"E","properties":{"token":"shut"}}`, "Authorization", "Basic shut:s3cret-of-shut")
	assert.Equal(t, 200, status)
	status, _ = track("", "["+strings.Repeat(eventJSON("c", "")+",", 16)+"]")
	assert.Equal(t, 429, status, "five were stored before")
	status, _ = ask(t, c, http.MethodGet, p.url+"/api/events?token=t", "", "Via", "1.1 x")
	assert.Equal(t, 403, status)
	for _, text := range []string{"203.0.113", "127.0.0.1", "s3cret", "wrong-secret"} {
		assert.NotContains(t, p.log.String(), text)
	}
}

// After the signal to stop, /readyz says no while events are still taken, for as long as --drain says.
func TestDrain(t *testing.T) {
	db := filepath.Join(t.TempDir(), "events.db")
	p, c := start(t, db, "--drain", "3s"), client(t)
	status, _ := ask(t, c, http.MethodGet, p.url+"/readyz", "")
	assert.Equal(t, 200, status)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool {
		status, _ := ask(t, c, http.MethodGet, p.url+"/readyz", "")
		return status == http.StatusServiceUnavailable
	}, 2*time.Second, 10*time.Millisecond)
	a, ok := post(c, p.url, eventJSON("late", ""))
	assert.True(t, ok)
	assert.Equal(t, accepted, a)
	<-p.exited
	assert.Zero(t, p.cmd.ProcessState.ExitCode())
	requireOnce(t, storedCounts(t, db), []string{"late"})
}
