package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTimeout is how long a host may take to answer before the next one of the address is tried, unless the address says otherwise.
const connectTimeout = 2 * time.Second

// sessionSettings hold for every connection, unless the address says otherwise.
var sessionSettings = map[string]string{
	"application_name": "throughline-collector",
	"jit":              "off", // The statements are short.
	// A collector that freezes within a transaction must not keep the others waiting for long.
	"idle_in_transaction_session_timeout": "5000",
}

// requiredSettings hold for every connection, whatever the address, the user or the database has.
var requiredSettings = map[string]string{
	"client_encoding": "UTF8", // Otherwise texts would be converted twice.
	// A statement of a commit must see what was committed before it had its turn, which with another isolation it does not.
	"default_transaction_isolation": "read committed",
}

// WithoutPassword returns a name of a database that can be shown: the address of a PostgreSQL database without its password, any other as it is.
func WithoutPassword(db string) string {
	if !IsAddress(db) {
		return db
	}
	config, err := pgx.ParseConfig(db)
	if err != nil || !isUnambiguous(db) {
		return "PostgreSQL"
	}
	hosts := []string{net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))}
	for _, f := range config.Fallbacks {
		if host := net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port))); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return fmt.Sprintf("postgres://%s@%s/%s", config.User, strings.Join(hosts, ","), config.Database)
}

// errAmbiguous is returned for an address of which a part of the password could be taken for a host, and be shown and looked up.
var errAmbiguous = errors.New("its address cannot be read in one way only: in a user and a password, write %40 for @, %2F for /, %3F for ?, %23 for # and %25 for %")

// parts are those of an address: scheme, user and password, hosts, path and parameters.
var parts = regexp.MustCompile(`^\w+://(?:[^@/?#]*@)?[^@/?#]*(?:/[^@?#]*)?(?:\?[^@#]*)?$`)

// isUnambiguous reports whether nobody can take one part of an address for another: @, /, ? and # are only where they part it.
func isUnambiguous(address string) bool { return parts.MatchString(address) }

func newPool(ctx context.Context, address string, size int32) (*pgxpool.Pool, error) {
	if !isUnambiguous(address) {
		return nil, errAmbiguous
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err // It has no password in it.
	}
	config.MaxConns = size
	conn := config.ConnConfig
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = connectTimeout
	}
	for name, value := range sessionSettings {
		if _, set := conn.RuntimeParams[name]; !set {
			conn.RuntimeParams[name] = value
		}
	}
	maps.Copy(conn.RuntimeParams, requiredSettings)
	// Of several hosts the one that takes writes is the one to be connected to, whoever that is now.
	if conn.ValidateConnect == nil {
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	conn.OnNotice = noteUnreplicated
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		registerTypes(conn)
		return checkSynchronousCommit(ctx, conn)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	return pool, nil
}

// errNotDurable is returned where the database acknowledges commits that it can lose.
var errNotDurable = errors.New("synchronous_commit is off: the database would acknowledge events that it can lose; turn it on for this server, database or user")

// checkSynchronousCommit looks at every connection: the server that a failover leads to may be set up otherwise than the one before, and what a user
// or a database has set can change.
func checkSynchronousCommit(ctx context.Context, conn *pgx.Conn) error {
	var commits string
	if err := conn.QueryRow(ctx, "SELECT current_setting('synchronous_commit')").Scan(&commits); err != nil {
		return fmt.Errorf("ask how durable commits are: %w", err)
	}
	if commits == "off" {
		return errNotDurable
	}
	return nil
}

func hasOtherHost(host string, fallbacks []*pgconn.FallbackConfig) bool {
	for _, f := range fallbacks {
		if f.Host != host {
			return true
		}
	}
	return false
}

const unreplicatedKey = "unreplicated"

// errUnreplicated is returned for a commit that is on the primary only, because somebody ended its wait for the standby.
var errUnreplicated = errors.New("the wait for the standby was ended: the commit may be on the primary only")

// noteUnreplicated takes note of the warning with which such a commit succeeds. It is the only warning of its class at a commit.
func noteUnreplicated(conn *pgconn.PgConn, notice *pgconn.Notice) {
	if notice.Code == "01000" {
		conn.CustomData()[unreplicatedKey] = true
	}
}

// checkReplicated returns errUnreplicated if the last commit of a connection succeeded with that warning.
func checkReplicated(conn *pgx.Conn) error {
	data := conn.PgConn().CustomData()
	if data[unreplicatedKey] == nil {
		return nil
	}
	delete(data, unreplicatedKey)
	return errUnreplicated
}
