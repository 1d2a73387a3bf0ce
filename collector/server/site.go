package server

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
)

// site serves the demo, Live View and the library's files from a folder. It never leaves the folder, follows no link out of it, lists
// nothing, and knows only the kinds of files that a site is made of: a database that lies beside them is not served.
type site struct{ folder string }

var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json",
	".map":  "application/json",
	".ts":   "text/plain; charset=utf-8",
	".txt":  "text/plain; charset=utf-8",
	".wasm": "application/wasm",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".webp": "image/webp",
	".ico":  "image/x-icon",
}

// packings are the compressed siblings a file may have, the smallest first.
var packings = [...]struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		// Who sends here has a wrong address: it is the request that was refused, and a client keeps what it has.
		w.Header().Set("Allow", "GET, HEAD")
		missing(w, http.StatusMethodNotAllowed, map[string]string{
			"error": "nothing can be sent here: events go to /track, /engage, /groups and /import", "refused": theRequest,
		})
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" || strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	kind := kinds[path.Ext(name)]
	if s.folder == "" || kind == "" || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		missing(w, http.StatusNotFound, nothingHere)
		return
	}
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		missing(w, http.StatusNotFound, nothingHere)
		return
	}
	defer func() { _ = root.Close() }()
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*") // Scripts, modules and wasm are for the pages of other origins.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "no-cache") // Kept, but asked about: these files have the same names in every release.
	h.Add("Vary", "Accept-Encoding")
	h.Set("Content-Type", kind)
	if kind == kinds[".html"] {
		h.Set("Content-Security-Policy", "frame-ancestors 'self'")
	}
	for _, p := range packings {
		if accepts(r, p.encoding) && serve(w, r, root, name+p.suffix, p.encoding) {
			return
		}
	}
	if !serve(w, r, root, name, "") {
		h.Del("Content-Security-Policy")
		missing(w, http.StatusNotFound, nothingHere)
	}
}

func serve(w http.ResponseWriter, r *http.Request, root *os.Root, name, encoding string) bool {
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

// accepts reports whether the client takes an encoding; "br;q=0" says that it does not.
func accepts(r *http.Request, encoding string) bool {
	for offer := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(offer, " ", ""), ";")
		if name == encoding {
			return strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || quality == ""
		}
	}
	return false
}

var nothingHere = map[string]string{"error": "there is nothing here"}

func missing(w http.ResponseWriter, status int, answer map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}
