package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A database's address is shown without its password, wherever that is, and rather not at all than with a part of it.
func TestPasswordsAreNotShown(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://host/db":                                   "postgres://host/db",
		"postgres://h1:5432,h2:5433/db":                        "postgres://h1:5432,h2:5433/db",
		"postgres://me@host/db":                                "postgres://me@host/db",
		"postgres://me:hush@host:5432/db":                      "postgres://me@host:5432/db",
		"postgresql://me:hush@[::1]:5432/db?sslmode=require":   "postgresql://me@[::1]:5432/db?...",
		"postgres://host/db?user=me&password=hush":             "postgres://host/db?...",
		"postgres://me:hush@h1,h2/db?target_session_attrs=any": "postgres://me@h1,h2/db?...",
		"postgres://me:hu@sh@host/db":                          "postgres://...",
		"postgres://me:hu/sh@host/db":                          "postgres://...",
		"postgres://me:hu?sh@host/db":                          "postgres://...",
		"postgres://me:hu#sh@host/db":                          "postgres://...",
		"postgres://host/db?password=hu@sh":                    "postgres://...",
		"postgres://host/db#hush":                              "postgres://...",
	} {
		assert.Equal(t, want, shownValue("db", address))
	}
	assert.Equal(t, "events.db", shownValue("db", "events.db"))
	assert.Empty(t, shownValue("read-key", ""))
	assert.Equal(t, "30d", shownValue("retention", "30d"))
}
