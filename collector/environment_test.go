package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/internal/testlog"
)

// withEnvironment returns the program with these flags and variables, and no other variables of the collector.
func withEnvironment(environment []string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "THROUGHLINE_") })
	cmd.Env = append(cmd.Env, environment...)
	return cmd
}

// Every flag is taken from the environment too, and is shown at the start with where it comes from, but for what is secret.
func TestEveryFlagByEnvironment(t *testing.T) {
	folder := t.TempDir()
	db, site := filepath.Join(folder, "e.db"), filepath.Join(folder, "site")
	require.NoError(t, os.Mkdir(site, 0o700))
	values := map[string]string{
		"addr": "127.0.0.1:0", "db": db, "site": site, "read-key": "hush-key-of-sixteen", "tokens": "hushtoken:hush-secret", "memory": "300M",
		"rate-per-address": "7:9", "rate-per-token": "8:10", "trusted-proxies": "192.0.2.0/24", "alias-answers": "off", "retention": "hushtoken=30d",
		"check-interval": "1h0m0s", "drain": "1s", "log": "text", "log-level": "warn",
	}
	help, err := exec.Command(binary, "--help").CombinedOutput()
	require.NoError(t, err)
	flags := flagsIn(help)
	var environment []string
	for _, name := range flags {
		require.Contains(t, values, name, "a flag that this test does not know")
		environment = append(environment, "THROUGHLINE_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+values[name])
	}
	p := startCommand(t, withEnvironment(environment))
	status, _ := ask(t, client(t), http.MethodGet, p.url+"/api/events?token=t", "", "Authorization", "Bearer hush-key-of-sixteen")
	assert.Equal(t, http.StatusOK, status)
	p.terminate()
	for _, name := range flags {
		switch name {
		case "read-key", "tokens":
			assert.Contains(t, p.out.String(), name+"=(set) (environment)")
		case "retention":
			assert.Contains(t, p.out.String(), name+"=(by project) (environment)")
		default:
			assert.Contains(t, p.out.String(), name+"="+values[name]+" (environment)")
		}
	}
	assert.NotContains(t, p.out.String()+p.log.String(), "hush")
	assert.FileExists(t, db)
}

// A flag goes before the environment, and an empty variable is none.
func TestFlagsWin(t *testing.T) {
	folder := t.TempDir()
	ours, other := filepath.Join(folder, "ours.db"), filepath.Join(folder, "other.db")
	p := startCommand(t, withEnvironment([]string{"THROUGHLINE_DB=" + other, "THROUGHLINE_ADDR=127.0.0.1:1", "THROUGHLINE_DRAIN=", "THROUGHLINE_READ_KEY="}, "--db", ours, "--addr", "127.0.0.1:0"))
	p.terminate()
	assert.Contains(t, p.out.String(), "db="+ours+" (flag)")
	assert.Contains(t, p.out.String(), "drain=0s,")
	assert.FileExists(t, ours)
	assert.NoFileExists(t, other)
}

// What is wrong in the environment is said with the variable's name, and never with a secret.
func TestWrongEnvironment(t *testing.T) {
	db := "THROUGHLINE_DB=" + filepath.Join(t.TempDir(), "e.db")
	for pair, want := range map[string]string{
		"THROUGHLINE_DRAIN=5":             "THROUGHLINE_DRAIN: it must be a time with its unit, such as 5s or 12h",
		"THROUGHLINE_MEMORY=lots":         "THROUGHLINE_MEMORY: it must be a number of bytes",
		"THROUGHLINE_TOKENS=a:hush":       "--tokens: line 1: a secret must have at least 8 bytes",
		"THROUGHLINE_READ_KEY= ":          "--read-key: it is empty",
		"THROUGHLINE_READ_KEY=@/none":     "--read-key: read the key: open /none",
		"THROUGHLINE_LOG=yaml":            `--log: "yaml" is neither text nor json`,
		"THROUGHLINE_LOG_LEVEL=loud":      `--log-level: "loud" is none of debug, info, warn and error`,
		"THROUGHLINE_ADDR=0.0.0.0:0":      "reading needs a key",
		"THROUGHLINE_RETENTION=30":        `--retention: "30" is no number of days`,
		"THROUGHLINE_TRUSTED_PROXIES=you": "--trusted-proxies: it must be a list of addresses or networks",
	} {
		t.Run(pair, func(t *testing.T) {
			cmd := withEnvironment([]string{db, "THROUGHLINE_ADDR=127.0.0.1:0", pair})
			started := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
			output, err := cmd.CombinedOutput()
			started.Stop()
			require.Error(t, err)
			assert.Equal(t, 1, cmd.ProcessState.ExitCode())
			assert.Contains(t, string(output), want)
			assert.NotContains(t, string(output), "hush")
		})
	}
}

// A variable that is misspelled is said to mean nothing, without its value; those that Kubernetes makes up for a service are not.
func TestUnknownVariables(t *testing.T) {
	p := startCommand(t, withEnvironment([]string{
		"THROUGHLINE_TOKEN=hush", "THROUGHLINE_READKEY=hush", "THROUGHLINE_PORT=tcp://10.0.0.1:80", "THROUGHLINE_PORT_80_TCP_ADDR=10.0.0.1", "THROUGHLINE_SERVICE_HOST=10.0.0.1",
	}, "--addr", "127.0.0.1:0", "--db", filepath.Join(t.TempDir(), "e.db")))
	p.terminate()
	assert.Contains(t, p.log.String(), "THROUGHLINE_READKEY THROUGHLINE_TOKEN]")
	assert.NotContains(t, p.log.String(), "PORT")
	assert.NotContains(t, p.log.String(), "SERVICE")
	assert.NotContains(t, p.log.String(), "hush")
}

// With --log json every line of all output is a record, the start among them.
func TestLogJSON(t *testing.T) {
	cmd := withEnvironment(nil, "--addr", "127.0.0.1:0", "--db", filepath.Join(t.TempDir(), "e.db"), "--log", "json", "--log-level", "debug", "--tokens", "hush")
	var lines testlog.Buffer
	cmd.Stdout, cmd.Stderr = &lines, &lines
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	url := ""
	require.Eventually(t, func() bool {
		if found := address.FindStringSubmatch(lines.String()); found != nil {
			url = "http://" + found[1]
		}
		return url != ""
	}, 10*time.Second, 10*time.Millisecond, "%s", &lines)
	for range 3 {
		status, _ := ask(t, client(t), http.MethodPost, url+"/track?verbose=1&_=hush", `{"event":"hush","properties":{"token":"hush","distinct_id":"hush"}}`)
		assert.Equal(t, http.StatusOK, status)
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
	requests := 0
	for line := range strings.Lines(lines.String()) {
		var record struct {
			Time, Level, Msg string
			Endpoint, Status string
			Configuration    map[string]struct{ Value, From string }
		}
		require.NoError(t, json.Unmarshal([]byte(line), &record), line)
		assert.NotEmpty(t, record.Time)
		switch record.Msg {
		case "request":
			requests++
			assert.Equal(t, []string{"DEBUG", "track", "200"}, []string{record.Level, record.Endpoint, record.Status})
		case "started":
			assert.Equal(t, "(set)", record.Configuration["tokens"].Value)
			assert.Equal(t, "flag", record.Configuration["log"].From)
			assert.Equal(t, "default", record.Configuration["drain"].From)
		}
	}
	assert.Equal(t, 3, requests, "a line for each, however many are the same")
	assert.NotContains(t, lines.String(), "hush")
}

// Above level debug, requests that succeed are not logged, and with level error neither are those that were refused.
func TestLogLevel(t *testing.T) {
	for level, lines := range map[string]int{"info": 1, "warn": 1, "error": 0} {
		p, c := start(t, filepath.Join(t.TempDir(), "e.db"), "--log-level", level), client(t)
		status, _ := ask(t, c, http.MethodPost, p.url+"/track", eventJSON("i", ""))
		assert.Equal(t, http.StatusOK, status)
		status, _ = ask(t, c, http.MethodPost, p.url+"/track", "nonsense")
		assert.Equal(t, http.StatusBadRequest, status)
		p.terminate() // By then all of the log is there.
		assert.Equal(t, lines, strings.Count(p.log.String(), "\n"), "%s: %s", level, p.log)
		assert.Equal(t, lines, strings.Count(p.log.String(), "a request was refused"), level)
	}
}

// While it stops, each answer is the last one of its connection; a second signal ends it at once, and loses nothing that was acknowledged.
func TestDrainClosesConnections(t *testing.T) {
	db := filepath.Join(t.TempDir(), "events.db")
	p, c := start(t, db, "--drain", "60s"), client(t)
	closes := func() bool {
		response, err := c.Get(p.url + "/readyz")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.Close
	}
	assert.False(t, closes())
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, closes, 5*time.Second, 10*time.Millisecond)
	a, ok := post(c, p.url, eventJSON("late", ""))
	assert.True(t, ok)
	assert.Equal(t, accepted, a)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		require.Fail(t, "the second signal did not end it")
	}
	requireOnce(t, storedCounts(t, db), []string{"late"})
}

// What is meant as the address of a database is never taken for the name of a file, by any command, and is not repeated: a password may be in it.
func TestDatabasesThatAreNone(t *testing.T) {
	for _, db := range []string{
		"host=127.0.0.1 user=me password=hush dbname=events", "password=hush host=127.0.0.1", "mysql://me:hush@127.0.0.1/events", "POSTGRES://me:hush@127.0.0.1/events",
	} {
		for _, command := range [][]string{{"--addr", "127.0.0.1:0"}, {"check"}, {"backup", "copy.db"}, {"restore", "copy.db"}} {
			cmd := withEnvironment([]string{"THROUGHLINE_DB=" + db}, command...)
			cmd.Dir = t.TempDir()
			expired := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
			output, err := cmd.CombinedOutput()
			expired.Stop()
			require.Error(t, err)
			assert.Contains(t, string(output), "postgres://", command)
			assert.NotContains(t, string(output), "hush", command)
			files, err := os.ReadDir(cmd.Dir)
			require.NoError(t, err)
			assert.Empty(t, files, command)
		}
	}
}
