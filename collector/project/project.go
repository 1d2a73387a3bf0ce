// Package project has the list of the projects that may send, with their secrets. It knows neither HTTP nor events. Read List.
package project

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// List has the projects that may send. A nil List allows every token and has no secrets.
type List struct {
	secrets map[string]secret // of each token; the zero secret for none
}

type secret struct {
	text   string
	hashed [sha256.Size]byte
}

// Errors of Parse.
var (
	errEmpty     = errors.New("no token is in it")
	errBadToken  = errors.New("a token must be a text of at most 255 bytes")
	errTwice     = errors.New("a token is in it twice, with different secrets")
	errBadSecret = errors.New("a secret must have at least 8 bytes")
)

const (
	maxToken  = 255 // bytes
	minSecret = 8   // bytes
	maxFile   = 16 << 20
)

// Load reads the value of the flag: tokens separated by commas, or a file with one in each line, named by its path or with @ before its
// name. A token may be followed by its secret, after a colon or white space. It returns nil for an empty text.
//
// An error never has a token or a secret in it, because errors are logged.
func Load(flag string) (*List, error) {
	flag = strings.TrimSpace(flag)
	name, isFile := strings.CutPrefix(flag, "@")
	switch {
	case flag == "":
		return nil, nil
	case !isFile && !strings.ContainsAny(flag, `/\`):
		return Parse(strings.ReplaceAll(flag, ",", "\n"))
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read the tokens: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read the tokens: %s is too large", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the tokens: %w", err)
	}
	list, err := Parse(string(bytes.TrimPrefix(text, []byte("\ufeff"))))
	if err != nil {
		return nil, fmt.Errorf("read the tokens in %s: %w", name, err)
	}
	return list, nil
}

// Parse parses a list with one token in each line. Empty lines, and those that begin with #, mean nothing.
func Parse(text string) (*List, error) {
	list := &List{secrets: map[string]secret{}}
	lines := bufio.NewScanner(strings.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := list.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(list.secrets) == 0 {
		return nil, errEmpty
	}
	return list, nil
}

func (l *List) add(line string) error {
	token, own := line, secret{}
	if end := strings.IndexFunc(line, func(c rune) bool { return c == ':' || unicode.IsSpace(c) }); end >= 0 {
		token, own.text = line[:end], strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line[end:]), ":"))
		own.hashed = sha256.Sum256([]byte(own.text))
		if len(own.text) < minSecret {
			return errBadSecret
		}
	}
	if token == "" || len(token) > maxToken || !utf8.ValidString(line) || strings.ContainsFunc(token, unicode.IsControl) {
		return errBadToken
	}
	if other, known := l.secrets[token]; known && other != own {
		return errTwice
	}
	l.secrets[token] = own
	return nil
}

// Has reports whether the project may send.
func (l *List) Has(token string) bool {
	if l == nil {
		return true
	}
	_, known := l.secrets[token]
	return known
}

// HasSecret reports whether the project has a secret.
func (l *List) HasSecret(token string) bool { return l != nil && l.secrets[token].text != "" }

// Credentials are the texts of a request that may be a secret, and the projects whose secret is among them.
type Credentials struct {
	list  *List
	opens map[string]bool
}

// Check compares what a request presents with all secrets. Each comparison takes the same time, however much of it is right.
func (l *List) Check(presented ...string) Credentials {
	c := Credentials{list: l, opens: map[string]bool{}}
	if l == nil {
		return c
	}
	for _, text := range presented {
		if text == "" {
			continue
		}
		hashed := sha256.Sum256([]byte(text))
		for token, expected := range l.secrets {
			if expected.text != "" && subtle.ConstantTimeCompare(hashed[:], expected.hashed[:]) == 1 {
				c.opens[token] = true
			}
		}
	}
	return c
}

// Opens reports whether the request may import into the project: it has no secret, or the request presents it.
func (c Credentials) Opens(token string) bool { return !c.list.HasSecret(token) || c.opens[token] }

// Only returns the one project whose secret was presented, "" if there is none or more than one.
func (c Credentials) Only() string {
	if len(c.opens) != 1 {
		return ""
	}
	for token := range c.opens {
		return token
	}
	return ""
}
