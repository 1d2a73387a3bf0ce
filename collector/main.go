// Command collector receives events from Throughline and from Mixpanel's clients, stores them in SQLite, resolves aliases to people
// and shows them live.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/throughline/throughline/collector/live"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/server"
	"github.com/throughline/throughline/collector/sqlite"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "collector:", err)
		}
		os.Exit(1)
	}
}

// errNoKey is why a collector that others can reach does not start.
var errNoKey = errors.New("on an address that other machines reach, reading needs a key: add --read-key (or set THROUGHLINE_READ_KEY)")

func run(ctx context.Context, args []string, out, logTo io.Writer) error {
	flags := flag.NewFlagSet("collector", flag.ContinueOnError)
	flags.SetOutput(logTo)
	addr := flags.String("addr", "127.0.0.1:8080", "address to listen on")
	db := flags.String("db", "throughline.db", "database file")
	site := flags.String("site", "", "folder with the demo, Live View and the library's files")
	key := flags.String("read-key", os.Getenv("THROUGHLINE_READ_KEY"), "what reading asks for; needed on any address but loopback")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *key == "" && !server.Loopback(*addr) {
		return errNoKey
	}
	log := slog.New(slog.NewTextHandler(logTo, nil))

	directory, hub := people.NewDirectory(), live.NewHub()
	store, err := sqlite.Open(*db, func(rows []sqlite.Row) {
		for _, row := range rows {
			directory.Add(row)
		}
		hub.Publish(rows)
	})
	if err != nil {
		return err
	}
	if err := store.Claims(ctx, func(row sqlite.Row) { directory.Add(row) }); err != nil {
		return errors.Join(err, store.Close())
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), store.Close())
	}
	h := server.New(server.Config{Store: store, People: directory, Hub: hub, Site: *site, ReadKey: *key, Log: log, Now: time.Now})
	fmt.Fprintf(out, "Live View and demo: http://%s/\nCollecting into %s (stop with Ctrl-C)\n", listener.Addr(), *db)
	return serve(ctx, h, listener, store)
}

// patience is how long a stopping collector waits for requests that are on their way.
const patience = 10 * time.Second

func serve(ctx context.Context, h *http.Server, listener net.Listener, store *sqlite.Store) error {
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(listener) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve: %w", err), store.Close())
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := h.Shutdown(stopping)
	return errors.Join(err, store.Close())
}
