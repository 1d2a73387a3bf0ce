// Command collector receives events from Throughline and from Mixpanel's clients, stores them in SQLite or PostgreSQL, resolves aliases to persons and
// shows events live.
//
// This package only reads the flags, listens and stops; internal/app connects the packages with each other. Read run first; then package
// server for how a request is answered, ingest for what a request may contain, and store for what is asked of a database.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/throughline/throughline/collector/api"
	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/collector/postgres"
	"github.com/throughline/throughline/collector/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // Whoever sends the signal again does not want to wait: then it kills, which loses nothing.
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "throughline-collector:", err)
		os.Exit(1)
	}
}

// errKeyRequired is returned when the collector would be reachable from other machines without a key for reading.
var errKeyRequired = errors.New("on an address that other machines reach, reading needs a key: start with --read-key @file (or set THROUGHLINE_READ_KEY)")

// shutdownTimeout is how long a stopping collector waits for the requests that have begun.
const shutdownTimeout = 10 * time.Second

func run(ctx context.Context, args []string, out, logTo io.Writer) error {
	commands := map[string]func(ctx context.Context, args []string, out, logTo io.Writer) error{
		"check": check, "backup": backup, "restore": restore, "health": health, "plan": plan,
	}
	if len(args) > 0 && commands[args[0]] != nil {
		return commands[args[0]](ctx, args[1:], out, logTo)
	}
	s, err := parseFlags(args, logTo)
	if err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory.NewPlan(s.app.Memory).Go)
	}
	if s.app.Log, err = newLog(logTo, s.logFormat, s.logLevel); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = listener.Close() }()
	if s.app.ReadKey == "" && !api.IsLoopback(listener.Addr().String()) {
		return errKeyRequired
	}
	collector, err := app.Open(s.app)
	if err != nil {
		return err
	}
	if len(s.app.ReadKey) > 0 && len(s.app.ReadKey) < shortKey {
		s.app.Log.Warn("the read key is short, and can be guessed: make one with openssl rand -hex 16", "bytes", len(s.app.ReadKey))
	}
	if len(s.unknown) > 0 {
		s.app.Log.Warn("variables of the environment mean nothing here: see --help", "names", s.unknown)
	}
	s.announce(out, listener.Addr())
	return errors.Join(serve(ctx, collector.Server, listener, s.drain), collector.Close())
}

// announce says what runs, and how it is configured: for whoever starts it in a terminal, or as a record of the log for whoever collects those.
func (s settings) announce(out io.Writer, addr net.Addr) {
	if s.logFormat == "json" {
		s.app.Log.Info("started", "url", "http://"+addr.String()+"/", "reading", strings.TrimPrefix(whoMayRead(s.app), "Reading: "), slog.Group("configuration", configurationAttributes(s.shown)...))
		return
	}
	fmt.Fprintf(out, "%s: http://%s/\nCollecting into %s (stop with Ctrl-C)\n%s\n%s\n", whatIsServed(s.app.Site), addr, postgres.WithoutPassword(s.app.DB),
		whoMayRead(s.app), configurationLine(s.shown))
}

// shortKey is the length of a read key, in bytes, below which somebody who knows that it is short could find it by trying.
const shortKey = 12

func whatIsServed(site string) string {
	if site == "" {
		return "Listening, without Live View (see --site)"
	}
	return "Live View and demo"
}

// whoMayRead says who can read events, because a proxy in front of the collector may change that.
func whoMayRead(config app.Config) string {
	switch {
	case config.ReadKey != "":
		return "Reading: whoever has the key"
	case len(config.TrustedProxies) > 0:
		return "Reading: whoever is on this machine, and nobody through the proxy, unless you set --read-key. Behind a proxy, set --read-key: not every proxy can be told from a client"
	}
	return "Reading: whoever is on this machine. Behind a proxy, set --read-key: not every proxy can be told from a client"
}

// serve handles requests until ctx ends, then finishes those that have begun.
func serve(ctx context.Context, s *server.Server, listener net.Listener, drain time.Duration) error {
	serveErr := make(chan error, 1)
	go func() { serveErr <- s.Serve(listener) }()
	select {
	case err := <-serveErr:
		return err
	case <-ctx.Done():
	}
	s.Drain()
	select {
	case err := <-serveErr:
		return err
	case <-time.After(drain):
	}
	shutdownCtx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return s.Shutdown(shutdownCtx)
}
