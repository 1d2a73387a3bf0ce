package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/internal/testlog"
)

// These tests run the compiled program as a process, so that they can kill it.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "collector")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary = filepath.Join(folder, "collector")
	if output, err := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", binary, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", output, err)
		return 1
	}
	return m.Run()
}

// process is a running collector.
type process struct {
	t         *testing.T
	cmd       *exec.Cmd
	log       *testlog.Buffer
	out       *testlog.Buffer // what follows the first line
	firstLine string
	addr      string
	url       string
	exited    chan struct{} // closed when the process has ended
}

var address = regexp.MustCompile(`http://([^/]+)/`)

// command returns a collector that would listen on a free port of loopback, and does not take a key from the environment.
func command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append([]string{"--addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "THROUGHLINE_READ_KEY=", "THROUGHLINE_TOKENS=")
	return cmd
}

// start runs the program on a free port, with a database, and waits until it listens.
func start(t *testing.T, db string, args ...string) *process {
	t.Helper()
	return startCommand(t, command(append([]string{"--db", db}, args...)...))
}

func startCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, log: &testlog.Buffer{}, out: &testlog.Buffer{}, exited: make(chan struct{})}
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	found := address.FindStringSubmatch(line)
	if err != nil || found == nil {
		_ = p.cmd.Wait()
		close(p.exited)
		require.FailNow(t, "the collector did not start", "%q, %s", line, p.log)
	}
	p.firstLine, p.addr, p.url = line, found[1], "http://"+found[1]
	go func() {
		_, _ = io.Copy(p.out, lines)
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	return p
}

// kill ends the process with SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// terminate sends SIGTERM, and requires that the process ends with exit code 0.
func (p *process) terminate() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.exited:
		assert.Zero(p.t, p.cmd.ProcessState.ExitCode(), p.log)
	case <-time.After(30 * time.Second):
		require.FailNow(p.t, "the collector does not stop", p.log)
	}
}

// client returns a client with its own connections, which are closed at the end of the test.
func client(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

type answer struct {
	status     int
	retryAfter string
	body       string
}

// post sends events; ok is false if there is no complete response.
func post(c *http.Client, url string, events ...string) (a answer, ok bool) {
	response, err := c.Post(url+"/track?verbose=1", "application/json", strings.NewReader("["+strings.Join(events, ",")+"]"))
	if err != nil {
		return answer{}, false
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Retry-After"), string(body)}, err == nil
}

var accepted = answer{status: http.StatusOK, body: `{"status":1,"error":null}`}

// eventJSON returns an event with this insert id.
func eventJSON(insertID, more string) string {
	text, _ := json.Marshal(map[string]any{"event": "E", "properties": map[string]any{
		"token": "t", "distinct_id": "d" + insertID[:1], "$insert_id": insertID, "time": 1_700_000_000, "more": more,
	}})
	return string(text)
}

// storedCounts returns how often each insert id is in the database. It reads a copy, so that recovering the write-ahead log after a crash
// is left to the collector under test.
func storedCounts(t *testing.T, db string) map[string]int {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(db + suffix)
		if suffix == "" {
			require.NoError(t, err)
		}
		if err == nil {
			require.NoError(t, os.WriteFile(copied+suffix, content, 0o600))
		}
	}
	conn, err := sqlite3.Open(copied)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	require.Equal(t, []string{"ok"}, rows(t, conn, "PRAGMA integrity_check"))
	counts := map[string]int{}
	for _, id := range rows(t, conn, "SELECT insert_id FROM events") {
		counts[id]++
	}
	assert.Empty(t, rows(t, conn, `SELECT distinct_id FROM visitors FULL JOIN
		(SELECT project, distinct_id, count(*) AS counted FROM events GROUP BY 1, 2) USING (project, distinct_id)
		WHERE events IS NOT counted`), "the counts of visitors are those of their events")
	return counts
}

// rows returns the first column of a query.
func rows(t *testing.T, conn *sqlite3.Conn, sql string) (values []string) {
	t.Helper()
	s, _, err := conn.Prepare(sql)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for s.Step() {
		values = append(values, s.ColumnText(0))
	}
	require.NoError(t, s.Err())
	return values
}

// requireOnce requires that each acknowledged event is stored, and nothing twice.
func requireOnce(t *testing.T, counts map[string]int, acknowledged []string) {
	t.Helper()
	for _, id := range acknowledged {
		require.Equal(t, 1, counts[id], "%s was acknowledged", id)
	}
	for id, n := range counts {
		require.Equal(t, 1, n, id)
	}
}
