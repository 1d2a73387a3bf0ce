package main

import (
	"flag"
	"log/slog"
	"regexp"
	"slices"
	"strings"
)

// option is a flag with its value, as it may be shown.
type option struct{ name, value, source string }

// secretFlags are those whose values are not shown. What is in them may be a file's name, or the secret itself.
var secretFlags = []string{"read-key", "tokens"}

// configuration returns the values of all flags, without secrets.
func configuration(flags *flag.FlagSet, sources map[string]string) (options []option) {
	flags.VisitAll(func(f *flag.Flag) {
		options = append(options, option{f.Name, shownValue(f.Name, f.Value.String()), sources[f.Name]})
	})
	return options
}

func shownValue(flagName, value string) string {
	switch {
	case slices.Contains(secretFlags, flagName) && value != "":
		return "(set)"
	case flagName == "retention" && strings.Contains(value, "="):
		return "(by project)" // It names tokens, and a log has none.
	case strings.Contains(value, "://"):
		return withoutPassword(value)
	}
	return value
}

// databaseURL matches the address of a database: scheme, user, password, hosts, path and parameters. With a password in which an @, a / or a ? was
// not escaped, no part of the address can be told from the password.
var databaseURL = regexp.MustCompile(`^(\w+://)(?:([^:@/?#]*)(:[^@/?#]*)?@)?([^@/?#]*)(/[^@?#]*)?(\?[^@#]*)?$`)

// withoutPassword returns the address of a database without what may be a password: parameters can be one too.
func withoutPassword(address string) string {
	part := databaseURL.FindStringSubmatch(address)
	if part == nil {
		scheme, _, _ := strings.Cut(address, "://")
		return scheme + "://..."
	}
	shown := part[1]
	if part[2] != "" {
		shown += part[2] + "@"
	}
	shown += part[4] + part[5]
	if part[6] != "" {
		shown += "?..."
	}
	return shown
}

// configurationLine returns the options that have a value in one line, and from where those that are not the defaults have it.
func configurationLine(options []option) string {
	var set []string
	for _, o := range options {
		switch {
		case o.source != "default":
			set = append(set, o.name+"="+o.value+" ("+o.source+")")
		case o.value != "":
			set = append(set, o.name+"="+o.value)
		}
	}
	return "Configuration: " + strings.Join(set, ", ")
}

// configurationAttributes returns the options for a structured log.
func configurationAttributes(options []option) (attributes []any) {
	for _, o := range options {
		attributes = append(attributes, slog.Group(o.name, "value", o.value, "from", o.source))
	}
	return attributes
}
