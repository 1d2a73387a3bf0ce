package server

import (
	"context"
	"log"
	"log/slog"
	"regexp"
	"strings"
)

// newErrorLog returns the log of net/http, whose messages have the addresses of clients in them: those are personal data, and are left out.
func newErrorLog(to *slog.Logger) *log.Logger { return log.New(errorLog{to}, "", 0) }

type errorLog struct{ log *slog.Logger }

// addressPattern matches an address with its port, as net/http prints it: 192.0.2.1:80, [2001:db8::1%eth0]:80.
var addressPattern = regexp.MustCompile(`(\b\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+(%[^\]\s]*)?\]):\d+`)

// Write implements io.Writer. It never fails.
func (l errorLog) Write(message []byte) (int, error) {
	text := addressPattern.ReplaceAllString(strings.TrimSpace(string(message)), "a client")
	l.log.Log(context.Background(), slog.LevelWarn, text)
	return len(message), nil
}
