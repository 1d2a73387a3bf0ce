package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// healthTimeout is how long a collector may take to answer whether it is ready: a second for its database, and the way there.
const healthTimeout = 3 * time.Second

// health runs `collector health`: it asks the collector on this machine whether it can store events. A container without a shell has nothing else
// to ask with.
func health(ctx context.Context, args []string, out, logTo io.Writer) error {
	flags := flag.NewFlagSet("throughline-collector health", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "`host:port` that the collector listens on")
	if _, err := parse(flags, args, logTo, "throughline-collector health [--addr host:port]   asks a collector on this machine whether it can store events"); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(*addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", response.Status)
	}
	fmt.Fprintln(out, "ready")
	return nil
}
