package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// parseRetention parses how long events are kept: a number of days for all projects, such as 400d, or several by token, such as
// shop=30d,*=400d. "" returns nil: they are kept for ever.
func parseRetention(text string) (map[string]time.Duration, error) {
	if text == "" {
		return nil, nil
	}
	kept := map[string]time.Duration{}
	for rule := range strings.SplitSeq(text, ",") {
		// A token may have an equals sign in it, a number of days has none.
		token, days := "*", rule
		if at := strings.LastIndexByte(rule, '='); at >= 0 {
			token, days = rule[:at], rule[at+1:]
		}
		n, err := strconv.Atoi(strings.TrimSuffix(days, "d"))
		switch _, twice := kept[token]; {
		case err != nil || n < 0 || n > 36_500 || n > 0 && !strings.HasSuffix(days, "d"):
			return nil, fmt.Errorf("%q is no number of days, such as 400d", days)
		case token == "":
			return nil, fmt.Errorf("%q names no project", rule)
		case twice:
			return nil, fmt.Errorf("there are two rules for %q", token)
		}
		kept[token] = time.Duration(n) * day
	}
	return kept, nil
}
