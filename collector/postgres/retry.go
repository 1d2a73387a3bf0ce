package postgres

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A failover takes seconds. What fails because of one is tried again, at first soon.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// retry runs what may be run again until it succeeds, fails for a reason that will not go away, or ctx ends.
func retry(ctx context.Context, pool *pgxpool.Pool, run func(context.Context) error) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := run(ctx)
		if err == nil || !isTransient(err) {
			return err
		}
		if isOfConnection(err) {
			pool.Reset() // The other connections lead to the same server.
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return err
		}
	}
}

// transientClasses are the classes of PostgreSQL's codes for what may go away by itself.
var transientClasses = []string{"08", "25", "40", "53", "55", "57", "58"}

// isTransient reports whether an error may go away by itself: a connection that broke, a server that starts or stops, a primary that has become a
// standby, a deadlock.
func isTransient(err error) bool {
	if errors.Is(err, errUnreplicated) || errors.Is(err, errDeletedMeanwhile) {
		return true
	}
	code := codeOf(err)
	if code == "" {
		return isOfConnection(err)
	}
	const diskFull = "53100" // That does not go away within seconds, and clients keep what they have.
	return code != diskFull && slices.Contains(transientClasses, code[:2])
}

// isOfConnection reports whether an error is about the connection or its server, not about what was asked.
func isOfConnection(err error) bool {
	if code := codeOf(err); code != "" {
		return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57") || code == "25006"
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// isOfData reports whether an error is about what was to be stored.
func isOfData(err error) bool {
	code := codeOf(err)
	return strings.HasPrefix(code, "22") || strings.HasPrefix(code, "23") || strings.HasPrefix(code, "54")
}

// codeOf returns PostgreSQL's code of an error (SQLSTATE), "" if the server did not send one.
func codeOf(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return ""
}
