package server_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// makeSite creates a site that also contains a database and secrets, in a folder with more secrets.
func makeSite(t *testing.T) (site, db string) {
	t.Helper()
	root := t.TempDir()
	site = filepath.Join(root, "site")
	for name, text := range map[string]string{
		"secret.html": "SECRET", "site/index.html": "home", "site/lib/throughline.js": "script", "site/lib/throughline.js.gz": "packed script",
		"site/core.wasm": "wasm", "site/sub/index.html": "sub", "site/.env.json": "SECRET", "site/.git/config.json": "SECRET", "site/notes": "SECRET",
		"site/main.go": "SECRET", "site/lib/.hidden.js": "SECRET", "site/spaced name.txt": "spaced", "site/sub/page.html.md": "source", "site/data/x.json": "{}",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	require.NoError(t, os.Symlink(filepath.Join(root, "secret.html"), filepath.Join(site, "out.html")))
	require.NoError(t, os.Symlink("../secret.html", filepath.Join(site, "up.html")))
	require.NoError(t, os.Symlink("..", filepath.Join(site, "parent")))
	require.NoError(t, os.Symlink("index.html", filepath.Join(site, "in.html")))
	require.NoError(t, os.Mkdir(filepath.Join(site, "folder.html"), 0o755))
	return site, filepath.Join(site, "throughline.db")
}

func TestSite(t *testing.T) {
	site, db := makeSite(t)
	h := startCollector(t, options{site: site, db: db})
	for path, want := range map[string]struct{ kind, body string }{
		"/": {"text/html; charset=utf-8", "home"}, "/index.html": {"text/html; charset=utf-8", "home"}, "/in.html": {"text/html; charset=utf-8", "home"},
		"/sub/": {"text/html; charset=utf-8", "sub"}, "/lib/throughline.js": {"text/javascript; charset=utf-8", "script"},
		"/sub/page.html.md": {"text/markdown; charset=utf-8", "source"}, "/core.wasm": {"application/wasm", "wasm"}, "/spaced%20name.txt": {"text/plain; charset=utf-8", "spaced"},
	} {
		a := h.do(http.MethodGet, path, "", "Accept-Encoding", "identity")
		assert.Equal(t, http.StatusOK, a.StatusCode, path)
		assert.Equal(t, want.kind, a.Header.Get("Content-Type"), path)
		assert.Equal(t, want.body, a.body, path)
		assert.Equal(t, "*", a.Header.Get("Access-Control-Allow-Origin"), path)
		again := h.do(http.MethodGet, path, "", "Accept-Encoding", "identity", "If-None-Match", a.Header.Get("ETag"))
		assert.Equal(t, http.StatusNotModified, again.StatusCode, path)
		head := h.do(http.MethodHead, path, "", "Accept-Encoding", "identity")
		assert.Equal(t, http.StatusOK, head.StatusCode, path)
		assert.Empty(t, head.body, path)
	}
	for _, test := range []struct{ accepts, encoding, body string }{
		{"gzip, br", "gzip", "packed script"}, {"br", "", "script"}, {"gzip;q=0", "", "script"}, {"gzip;q=0.5", "gzip", "packed script"}, {"identity", "", "script"},
	} {
		a := h.do(http.MethodGet, "/lib/throughline.js", "", "Accept-Encoding", test.accepts)
		assert.Equal(t, test.encoding, a.Header.Get("Content-Encoding"), test.accepts)
		assert.Equal(t, test.body, a.body, test.accepts)
		assert.Contains(t, a.Header.Values("Vary"), "Accept-Encoding")
	}
}

// A folder's page has its own address, which ends with a slash; a folder without a page has none.
func TestSiteFolder(t *testing.T) {
	site, db := makeSite(t)
	h := startCollector(t, options{site: site, db: db})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]string{
		"/sub": "/sub/", "/sub?a=b&c": "/sub/?a=b&c", "/data": "", "/lib": "", "/nothing": "", "/notes": "", "/.git": "", "/parent": "",
		"/%2f%2fsub": "/sub/", "/%5c%5csub": "",
	} {
		response, err := client.Get(h.url + path)
		require.NoError(t, err)
		_ = response.Body.Close()
		if want == "" {
			assert.Equal(t, http.StatusNotFound, response.StatusCode, path)
			continue
		}
		assert.Equal(t, http.StatusMovedPermanently, response.StatusCode, path)
		assert.Equal(t, want, response.Header.Get("Location"), path)
	}
}

// Only the site's own files are served, whatever is asked for. The requests are written by hand, because HTTP clients normalize paths.
func TestSiteServesOnlyItsFolder(t *testing.T) {
	site, db := makeSite(t)
	h := startCollector(t, options{site: site, db: db})
	h.send(eventJSON("E", "SECRET", "i", 0))
	for _, path := range []string{
		"/../secret.html", "/sub/../../secret.html", "/%2e%2e/secret.html", "/..%2fsecret.html", "/sub/..%2f..%2fsecret.html", "/%2e%2e%2fsecret.html",
		"/..%5csecret.html", `/..\secret.html`, "//secret.html", "/./../secret.html", "/..;/secret.html", "/%00/../secret.html", "/secret.html%00.html",
		"/out.html", "/up.html", "/parent/secret.html", "/folder.html", "/folder.html/",
		"/.env.json", "/.git/config.json", "/lib/.hidden.js", "/%2eenv.json", "/sub/../.env.json", "/sub/%2e%2e/.env.json",
		"/notes", "/main.go", "/throughline.db", "/throughline.db-wal", "/throughline.db-shm", "/throughline.db/", "/lib/throughline.js.gz", "/lib/", "/lib", "/nothing.html",
		"/throughline.db%00.html", "/throughline.db?.html", "/throughline.db#.html", "/throughline.db;.html", filepath.ToSlash(db), "/" + filepath.ToSlash(site) + "/../secret.html",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			conn, err := net.Dial("tcp", h.addr)
			require.NoError(t, err)
			_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", method, path)
			require.NoError(t, err)
			response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
			require.NoError(t, err, path)
			body := make([]byte, 100)
			n, _ := response.Body.Read(body)
			assert.NotContains(t, string(body[:n]), "SECRET", path)
			assert.NotContains(t, string(body[:n]), "SQLite", path)
			if response.StatusCode/100 == 3 { // net/http redirects to the normalized path, which is tested too or does not exist.
				assert.NotContains(t, response.Header.Get("Location"), "..", path)
			} else {
				assert.Contains(t, []int{http.StatusNotFound, http.StatusBadRequest}, response.StatusCode, path)
			}
			_ = conn.Close()
		}
	}
}

func TestNoSite(t *testing.T) {
	h := startCollector(t, options{})
	for _, path := range []string{"/", "/index.html"} {
		a := h.do(http.MethodGet, path, "")
		assert.Equal(t, http.StatusNotFound, a.StatusCode)
		assert.JSONEq(t, `{"error":"there is nothing here"}`, a.body)
	}
}

// Pages run their own scripts and no others, and load nothing from elsewhere.
func TestContentSecurityPolicy(t *testing.T) {
	site, db := makeSite(t)
	const inline = "alert('1 > 0')\n"
	page := "<!doctype html><SCRIPT>" + strings.ReplaceAll(inline, "\n", "\r\n") + "</SCRIPT >\n<script src=x.js></script><script type=module>" + inline + "</script>"
	require.NoError(t, os.WriteFile(filepath.Join(site, "own.html"), []byte(page), 0o600))
	h := startCollector(t, options{site: site, db: db})
	const rest = "; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
	hash := sha256.Sum256([]byte(inline))
	allowed := " 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
	for path, want := range map[string]string{
		"/": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'" + rest, "/own.html": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'" + allowed + allowed + rest,
		"/lib/throughline.js": "", "/nothing.html": "",
	} {
		a := h.do(http.MethodGet, path, "", "Accept-Encoding", "identity")
		assert.Equal(t, want, a.Header.Get("Content-Security-Policy"), path)
		assert.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
	}
}
