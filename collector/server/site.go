package server

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// site serves the demo, Live View and the library's files. A file that has a compressed sibling (.br, .gz) goes out as that.
func (s *server) site() http.Handler {
	if s.Site == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			writeError(w, http.StatusNotFound, "nothing is here: start the collector with --site to serve Live View")
		})
	}
	root, files := http.Dir(s.Site), http.FileServer(http.Dir(s.Site))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*") // Scripts, modules and wasm are for the pages of other origins.
		h.Set("Cache-Control", "no-cache")        // Kept, but asked about: releases have no names of their own here.
		h.Add("Vary", "Accept-Encoding")
		name := path.Clean("/" + r.URL.Path)
		if strings.HasSuffix(name, ".wasm") {
			h.Set("Content-Type", "application/wasm")
		}
		for _, c := range [...]struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), c.encoding) {
				continue
			}
			if f, err := root.Open(name + c.suffix); err == nil {
				defer func() { _ = f.Close() }()
				if info, err := f.Stat(); err == nil && !info.IsDir() {
					if h.Get("Content-Type") == "" {
						h.Set("Content-Type", contentType(name))
					}
					h.Set("Content-Encoding", c.encoding)
					http.ServeContent(w, r, name, info.ModTime(), f)
					return
				}
			}
		}
		if info, err := os.Stat(filepath.Join(s.Site, filepath.FromSlash(name))); err == nil && info.IsDir() && name != "/" {
			http.NotFound(w, r) // No listings.
			return
		}
		files.ServeHTTP(w, r)
	})
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return "application/octet-stream"
}
