package server

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
)

// site serves the demo, Live View and the library's files from a folder. It never leaves the folder (os.Root follows no link out of it),
// lists no directories, and serves only the file types of a website, so that a database in the same folder is not served.
type site struct{ dir string }

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json",
	".map":  "application/json",
	".ts":   "text/plain; charset=utf-8",
	".txt":  "text/plain; charset=utf-8",
	".md":   "text/markdown; charset=utf-8",
	".wasm": "application/wasm",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".webp": "image/webp",
	".ico":  "image/x-icon",
}

// precompressed are the compressed versions that may lie beside a file, the smallest first.
var precompressed = [...]struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		// The client was given a wrong address. The response says that the whole request was refused, so that it keeps its data.
		w.Header().Set("Allow", "GET, HEAD")
		writeError(w, http.StatusMethodNotAllowed, map[string]string{
			"error": "nothing can be sent here: events go to /track, /engage, /groups and /import", "refused": wholeRequest,
		})
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" || strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	contentType := contentTypes[path.Ext(name)]
	isFolder := path.Ext(name) == "" // "/docs": if it has a page, its address is "/docs/", which the page's relative links need.
	if s.dir == "" || contentType == "" && !isFolder || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		writeError(w, http.StatusNotFound, notFoundBody)
		return
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		writeError(w, http.StatusNotFound, notFoundBody)
		return
	}
	defer func() { _ = root.Close() }()
	if isFolder {
		if index, err := root.Stat(path.Join(name, "index.html")); err != nil || !index.Mode().IsRegular() {
			writeError(w, http.StatusNotFound, notFoundBody)
			return
		}
		// name is a cleaned path, so the address stays on this host.
		http.Redirect(w, r, (&url.URL{Path: "/" + name + "/", RawQuery: r.URL.RawQuery}).String(), http.StatusMovedPermanently)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*") // Pages of other origins load scripts, modules and wasm from here.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "no-cache") // Browsers keep a copy, but must revalidate it: the files have the same names in every release.
	h.Add("Vary", "Accept-Encoding")
	h.Set("Content-Type", contentType)
	if contentType == contentTypes[".html"] {
		h.Set("Content-Security-Policy", policyFor(root, name))
	}
	for _, p := range precompressed {
		if acceptsEncoding(r, p.encoding) && serveFile(w, r, root, name+p.suffix, p.encoding) {
			return
		}
	}
	if !serveFile(w, r, root, name, "") {
		h.Del("Content-Security-Policy")
		writeError(w, http.StatusNotFound, notFoundBody)
	}
}

func serveFile(w http.ResponseWriter, r *http.Request, root *os.Root, name, encoding string) bool {
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	if encoding != "" {
		w.Header().Set("Content-Encoding", encoding)
	}
	w.Header().Set("ETag", etag(info, encoding))
	http.ServeContent(w, r, "", info.ModTime(), f)
	return true
}

func etag(info fs.FileInfo, encoding string) string {
	return fmt.Sprintf(`"%x-%x%s"`, info.ModTime().UnixNano(), info.Size(), encoding)
}

// acceptsEncoding reports whether the client accepts an encoding; "br;q=0" says that it does not.
func acceptsEncoding(r *http.Request, encoding string) bool {
	for offered := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(offered, " ", ""), ";")
		if name == encoding {
			return strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || quality == ""
		}
	}
	return false
}

var notFoundBody = map[string]string{"error": "there is nothing here"}

func writeError(w http.ResponseWriter, status int, answer map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}
