package server

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"os"
	"regexp"
	"strings"
)

// pagePolicy is the Content-Security-Policy of the site's pages, without the hashes of their inline scripts. Whatever an event has in it,
// Live View shows as text; should it ever not, no script runs, nothing is loaded from or sent to anywhere else, and no other site frames the
// page. Browsers compile WebAssembly only with 'wasm-unsafe-eval', which allows no eval of JavaScript. Icons are data: addresses.
var pagePolicy = [...]string{
	"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "connect-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
	"frame-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'",
}

// inlineScript matches a script in a page: its attributes, and what is in it.
var inlineScript = regexp.MustCompile(`(?is)<script([^>]*)>(.*?)</script\s*>`)

// maxPage limits how much of a page is looked at for inline scripts.
const maxPage = 1 << 20

// policyFor returns the Content-Security-Policy of a page. The page's inline scripts are allowed by their hashes.
func policyFor(root *os.Root, name string) string {
	policy := pagePolicy
	for _, script := range inlineScript.FindAllStringSubmatch(readPage(root, name), -1) {
		if script[2] == "" {
			continue
		}
		// Browsers hash the text after they have normalized its line breaks.
		hash := sha256.Sum256([]byte(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(script[2])))
		policy[1] += " 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
	}
	return strings.Join(policy[:], "; ")
}

func readPage(root *os.Root, name string) string {
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxPage))
	if err != nil {
		return ""
	}
	return string(text)
}
