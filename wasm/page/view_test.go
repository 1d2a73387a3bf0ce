package page_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/throughline/throughline/wasm/page"
)

// The parts of an address are those that a browser's Location has.
func TestView(t *testing.T) {
	for address, want := range map[string][4]any{
		"https://shop.example/":               {"shop.example", "/", "https:", nil},
		"https://shop.example/a/b.html?q=1#h": {"shop.example", "/a/b.html", "https:", "?q=1"},
		"http://localhost:8080/?":             {"localhost", "/", "http:", nil},
		"https://shop.example/#/a?b":          {"shop.example", "/", "https:", nil},
		"https://shop.example/a?b=//c:/d":     {"shop.example", "/a", "https:", "?b=//c:/d"},
		"http://[::1]:8080/a":                 {"[::1]", "/a", "http:", nil},
		"file:///home/me/a.html":              {nil, "/home/me/a.html", "file:", nil},
		"about:blank":                         {nil, "blank", "about:", nil},
		"https://shop.example":                {"shop.example", nil, "https:", nil},
		"nonsense":                            {nil, "nonsense", nil, nil},
		"":                                    {nil, nil, nil, nil},
	} {
		p := decode(t, page.View(&page.Facts{URL: address}))
		got := [4]any{p["current_domain"], p["current_url_path"], p["current_url_protocol"], p["current_url_search"]}
		assert.Equal(t, want, got, address)
		assert.NotContains(t, p, "current_page_title")
	}
	p := decode(t, page.View(&page.Facts{URL: "https://x.example/?utm_term=a%20b", Title: `"Shoes"`}))
	assert.Equal(t, `"Shoes"`, p["current_page_title"])
	assert.Equal(t, "a b", p["utm_term"])
}

func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.google.com/search":     "www.google.com",
		"https://user:secret@a.example:1/x": "a.example",
		"http://[::1]:8080/":                "[::1]",
		"http://[2001:db8::1]/":             "[2001:db8::1]",
		"nothing":                           "",
	} {
		assert.Equal(t, want, page.Host(address), address)
	}
}
