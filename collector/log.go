package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/throughline/throughline/collector/logdedup"
)

// newLog returns the log, in a format and from a level on.
func newLog(to io.Writer, format, level string) (*slog.Logger, error) {
	var from slog.Level
	switch level {
	case "debug", "info", "warn", "error":
		if err := from.UnmarshalText([]byte(level)); err != nil {
			return nil, fmt.Errorf("--log-level: %w", err)
		}
	default:
		return nil, fmt.Errorf("--log-level: %q is none of debug, info, warn and error", level)
	}
	options := &slog.HandlerOptions{Level: from}
	switch format {
	case "text":
		return slog.New(logdedup.New(slog.NewTextHandler(to, options))), nil
	case "json":
		return slog.New(logdedup.New(slog.NewJSONHandler(to, options))), nil
	}
	return nil, fmt.Errorf("--log: %q is neither text nor json", format)
}
