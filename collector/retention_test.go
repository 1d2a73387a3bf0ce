package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRetention(t *testing.T) {
	for text, want := range map[string]map[string]time.Duration{
		"": nil, "400d": {"*": 400 * day}, "0": {"*": 0}, "0d": {"*": 0},
		"shop=30d,blog=0,*=400d": {"shop": 30 * day, "blog": 0, "*": 400 * day}, "a=b=7d": {"a=b": 7 * day},
	} {
		got, err := parseRetention(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		"30": "no number of days", "-1d": "no number of days", "30h": "no number of days", "shop=": "no number of days", "=30d": "names no project",
		"a=1d,a=2d": "two rules", "1d,2d": "two rules", "a=1d,": "no number of days", "99999999999999d": "no number of days", "400000d": "no number of days",
	} {
		_, err := parseRetention(text)
		require.ErrorContains(t, err, want, text)
	}
}
