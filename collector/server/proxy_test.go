package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/internal/testlog"
	"github.com/throughline/throughline/collector/limit"
)

// plainProxy is a proxy like nginx's plain proxy_pass: it speaks HTTP/1.0, names the collector's own address as the host, and adds no
// header.
func plainProxy(t *testing.T, to string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				upstream, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer func() { _ = upstream.Close() }()
				body, _ := io.ReadAll(r.Body)
				_, _ = fmt.Fprintf(upstream, "%s %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n", r.Method, r.URL.RequestURI(), to, len(body))
				_ = r.Header.Write(upstream)
				_, _ = fmt.Fprintf(upstream, "\r\n%s", body)
				_, _ = io.Copy(conn, upstream)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func reverseProxy(t *testing.T, to string) string {
	t.Helper()
	target, err := url.Parse(to)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target) // It also sets the host, as nginx does.
		r.SetXForwarded()
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// nginx starts the system's nginx with these lines in its location, and returns its address.
func nginx(t *testing.T, lines string) string {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed")
	}
	addr, folder := freeAddress(t), t.TempDir()
	config := filepath.Join(folder, "nginx.conf")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `
		daemon off; master_process off; worker_processes 1; pid %[1]s/pid; error_log stderr; events {}
		http {
			access_log off;
			client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
			server { listen %[2]s; location / { %[3]s } }
		}`, folder, addr, lines), 0o600))
	return startProxy(t, exec.Command(program, "-p", folder, "-c", config), addr)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// startProxy starts a proxy, waits until it listens, and kills it at the end of the test.
func startProxy(t *testing.T, cmd *exec.Cmd, addr string) string {
	t.Helper()
	output := &testlog.Buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond, "%s", output)
	return "http://" + addr
}

// through returns the collector as it is reached at another address.
func (h *testCollector) through(url string) *testCollector {
	other := *h
	other.url = url
	return &other
}

// Behind a proxy on the same machine every request comes from loopback. Without a key it may send, but not read; with one, reading works.
func TestReadingThroughAProxy(t *testing.T) {
	for name, proxy := range map[string]func(t *testing.T, h *testCollector) string{
		"ReverseProxy":         func(t *testing.T, h *testCollector) string { return reverseProxy(t, h.url) },
		"HTTP/1.0":             func(t *testing.T, h *testCollector) string { return plainProxy(t, h.addr) },
		"nginx, plain":         func(t *testing.T, h *testCollector) string { return nginx(t, "proxy_pass "+h.url+";") },
		"Caddy, as documented": func(t *testing.T, h *testCollector) string { return caddy(t, h.addr) },
		"nginx, as documented": func(t *testing.T, h *testCollector) string {
			return nginx(t, "proxy_pass "+h.url+"; "+nginxLines(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := startCollector(t, options{})
			p := h.through(proxy(t, h))
			p.send(eventJSON("E", "d", "i", 0))
			for _, path := range []string{"/api/events?token=t", "/api/person?token=t&distinct_id=d", "/api/live?token=t", "/api/events?token=t&key=x"} {
				a := p.do(http.MethodGet, path, "", "Host", "localhost")
				assert.Equal(t, http.StatusForbidden, a.StatusCode, path)
				assert.Contains(t, a.body, "start the collector with --read-key", path)
			}
			assert.Len(t, h.events(""), 1, "on this machine itself, reading is open")
			assert.Contains(t, h.log.String(), "reading through a proxy was refused")

			closed := startCollector(t, options{key: "s3cret"})
			p = closed.through(proxy(t, closed))
			p.send(eventJSON("E", "d", "i", 0))
			assert.Equal(t, http.StatusUnauthorized, p.do(http.MethodGet, "/api/events?token=t", "").StatusCode)
			assert.Len(t, p.events("&key=s3cret"), 1)
		})
	}
}

// documentedLines returns what the documentation has in the innermost block for a proxy, without the address of the collector.
func documentedLines(t *testing.T, language, open string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/running-in-the-open.md")
	require.NoError(t, err)
	_, block, found := strings.Cut(string(text), "```"+language+"\n")
	require.True(t, found)
	_, block, found = strings.Cut(block, open)
	require.True(t, found)
	block, _, found = strings.Cut(block, "}")
	require.True(t, found)
	var lines []string
	for line := range strings.SplitSeq(block, "\n") {
		if !strings.Contains(line, "proxy_pass ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func nginxLines(t *testing.T) string { return documentedLines(t, "nginx", "location / {") }

// caddy starts the system's Caddy in front of the collector, with the documented lines.
func caddy(t *testing.T, to string) string {
	t.Helper()
	program, err := exec.LookPath("caddy")
	if err != nil {
		t.Skip("Caddy is not installed")
	}
	addr, folder := freeAddress(t), t.TempDir()
	config := filepath.Join(folder, "Caddyfile")
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	lines := documentedLines(t, "caddyfile", "reverse_proxy 127.0.0.1:8080 {")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "{\n\tadmin off\n}\nhttp://:%s {\n\tbind 127.0.0.1\n\treverse_proxy %s {\n%s\n\t}\n}\n", port, to, lines), 0o600))
	cmd := exec.Command(program, "run", "--config", config, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	return startProxy(t, cmd, addr)
}

// With the documented lines, the collector sees each client's own address, whatever the client writes into the headers, and a live feed
// comes through at once.
func TestDocumentedProxyLines(t *testing.T) {
	for name, proxy := range map[string]func(t *testing.T, h *testCollector) string{
		"nginx": func(t *testing.T, h *testCollector) string { return nginx(t, "proxy_pass "+h.url+"; "+nginxLines(t)) },
		"Caddy": func(t *testing.T, h *testCollector) string { return caddy(t, h.addr) },
	} {
		t.Run(name, func(t *testing.T) {
			h := startCollector(t, options{key: "s3cret", config: func(c *app.Config) {
				behindProxy(c)
				c.RatePerAddress = limit.Rate{PerSecond: 0.001, Burst: 3}
			}})
			p := h.through(proxy(t, h))
			status := func(headers ...string) int {
				return p.do(http.MethodPost, "/track", eventJSON("E", "d", "", 0), headers...).StatusCode
			}
			for i := range 3 {
				lie := fmt.Sprintf("198.51.100.%d", i)
				assert.Equal(t, http.StatusOK, status("X-Forwarded-For", lie, "Forwarded", "for="+lie))
			}
			assert.Equal(t, http.StatusTooManyRequests, status("X-Forwarded-For", "198.51.100.9"), "what the client wrote did not count")
			assert.Equal(t, http.StatusTooManyRequests, status("Forwarded", "for=198.51.100.9"))
			assert.Equal(t, http.StatusTooManyRequests, status())
			requireLiveThrough(t, h, p)
		})
	}
}

// requireLiveThrough requires that a live feed through a proxy shows an event within seconds.
func requireLiveThrough(t *testing.T, h, p *testCollector) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/api/live?token=t&key=s3cret", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	require.True(t, lines.Scan(), "the preamble")
	h.send(eventJSON("live", "d", "live", 0))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data: ") {
			assert.Contains(t, lines.Text(), `"live"`)
			return
		}
	}
	require.Fail(t, "the event did not come through", "%v", lines.Err())
}

// While three hundred wrong keys are being tried, the right one is answered at once; the wrong ones are answered late, or told that there
// are too many. Neither keys nor addresses are logged.
func TestWrongKeysAreSlow(t *testing.T) {
	h := startCollector(t, options{key: "s3cret"})
	h.send(eventJSON("E", "d", "i", 0))
	var group sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	quickest := time.Hour
	began := time.Now()
	for i := range 300 {
		group.Go(func() {
			headers := []string{}
			path := fmt.Sprintf("/api/events?token=t&key=guess%d", i)
			if i%2 == 0 {
				path, headers = "/api/live?token=t", []string{"Authorization", fmt.Sprint("Bearer guess", i)}
			}
			a := h.do(http.MethodGet, path, "", headers...)
			mu.Lock()
			defer mu.Unlock()
			answers[a.StatusCode]++
			if a.StatusCode == http.StatusUnauthorized {
				quickest = min(quickest, time.Since(began))
			} else {
				assert.NotEmpty(t, a.Header.Get("Retry-After"))
			}
		})
	}
	time.Sleep(200 * time.Millisecond) // They are waiting now.
	assert.Len(t, h.events("&key=s3cret"), 1)
	mu.Lock()
	assert.Less(t, answers[http.StatusUnauthorized]+answers[http.StatusTooManyRequests], 300, "wrong keys still wait when the right one is answered")
	mu.Unlock()
	group.Wait()
	assert.Equal(t, 300, answers[http.StatusUnauthorized]+answers[http.StatusTooManyRequests], answers)
	assert.LessOrEqual(t, answers[http.StatusUnauthorized], 128)
	assert.GreaterOrEqual(t, quickest, time.Second)
	for _, text := range []string{"guess", "s3cret", "127.0.0.1"} {
		assert.NotContains(t, h.log.String(), text)
	}
	assert.Contains(t, h.log.String(), "a wrong key was presented")
	told := strings.Count(h.log.String(), "a wrong key was presented")
	assert.Equal(t, http.StatusUnauthorized, h.do(http.MethodGet, "/api/events?token=t", "").StatusCode)
	assert.Equal(t, told, strings.Count(h.log.String(), "a wrong key was presented"), "no key is no attempt")
}
