// Package app connects the collector's packages with each other: the store, the directory of persons that reads its claims, the notifier
// that commits trigger, the API and the HTTP server. Command collector and the tests of package server use it, so that both run the same
// collector. It has no flags, opens no port and answers no request.
package app

import (
	"errors"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/throughline/throughline/collector/api"
	"github.com/throughline/throughline/collector/event"
	"github.com/throughline/throughline/collector/limit"
	"github.com/throughline/throughline/collector/live"
	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/collector/metrics"
	"github.com/throughline/throughline/collector/people"
	"github.com/throughline/throughline/collector/postgres"
	"github.com/throughline/throughline/collector/project"
	"github.com/throughline/throughline/collector/server"
	"github.com/throughline/throughline/collector/sqlite"
	"github.com/throughline/throughline/collector/store"
)

// Config is the configuration of a Collector.
type Config struct {
	DB      string // path of a SQLite file, or the address of a PostgreSQL database (postgres://...)
	Site    string // a folder of static files, "" for none
	ReadKey string // the key that readers must present; "" where the collector listens on loopback only
	Log     *slog.Logger
	// Retention is how long the events of a project are kept, by token; that of "*" is for all others. 0 stands for ever.
	Retention map[string]time.Duration
	// CheckInterval is how often the database is looked through for damage; 0 stands for never.
	CheckInterval time.Duration
	// MaxConnections limits how many clients are connected; 0 stands for as many as there are file descriptors for.
	MaxConnections int
	Memory         memory.Size // that the whole process may take; 0 stands for memory.Default
	// These are as in server.Config; the zero values limit nothing.
	Projects         *project.List
	TrustedProxies   []netip.Prefix
	RatePerAddress   limit.Rate
	RatePerToken     limit.Rate
	HideTakenAliases bool
}

// Collector is a collector whose server can be started.
type Collector struct {
	Server *server.Server
	store  store.Store
}

// Open opens the database and builds the server. The caller must call Close once the server has stopped.
func Open(config Config) (*Collector, error) {
	if err := CheckDB(config.DB); err != nil {
		return nil, err
	}
	notifier, counts := live.NewNotifier(), metrics.New()
	counts.Gauge("live_feeds", "Live feeds that are open.", func() float64 { return float64(notifier.Subscribers()) })
	var directory *people.Directory
	opened, err := openStore(config, counts.Committed, func(changes event.Changes) {
		directory.Add(changes.Claims...)
		if changes.Erased {
			directory.Reset()
		}
		notifier.Notify(changes.Tokens)
	})
	if err != nil {
		return nil, err
	}
	if postgres.IsAddress(config.DB) { // Other collectors store claims too.
		directory = people.NewDirectoryWithoutCache(opened.Claims())
	} else {
		directory = people.NewDirectory(opened.Claims())
	}
	readAPI := api.New(api.Config{Store: opened, People: directory, Notifier: notifier, Key: config.ReadKey, Log: config.Log, Metrics: counts.Handler(config.Log)})
	return &Collector{store: opened, Server: server.New(server.Config{
		Store: counts.Measure(opened), Metrics: counts, Aliases: opened.ReservedClaims(), API: readAPI, Site: config.Site, Log: config.Log, MaxConnections: config.MaxConnections, Memory: config.Memory,
		Projects: config.Projects, TrustedProxies: config.TrustedProxies, RatePerAddress: config.RatePerAddress, RatePerToken: config.RatePerToken,
		HideTakenAliases: config.HideTakenAliases,
	})}, nil
}

// errNoAddress and errNoKind are returned for what is meant as the address of a database, and would be taken for the name of a file. They have nothing
// of it in them, because a password may be.
var (
	errNoAddress = errors.New("--db: write the database's address as postgres://user@host/name, not as a list of settings")
	errNoKind    = errors.New("--db: it begins like the address of a database, and is none that the collector knows: it must begin with postgres://, in small letters")
)

// settings is how a list of PostgreSQL's settings begins.
var settings = regexp.MustCompile(`^\s*(host|hostaddr|port|user|password|dbname|service|sslmode|target_session_attrs)\s*=`)

// CheckDB returns an error if a text is neither the address of a PostgreSQL database nor the name of a file.
func CheckDB(db string) error {
	switch {
	case postgres.IsAddress(db):
		return nil
	case strings.Contains(db, "://"):
		return errNoKind
	case settings.MatchString(db):
		return errNoAddress
	}
	return nil
}

// openStore opens the kind of database that config names.
func openStore(config Config, committed func(event.Commit), onCommit func(event.Changes)) (store.Store, error) {
	if postgres.IsAddress(config.DB) {
		s, err := postgres.Open(config.DB, store.Config{OnCommit: onCommit, Committed: committed, Retention: config.Retention, Log: config.Log, Now: time.Now})
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	s, err := sqlite.Open(sqlite.Config{
		Path: config.DB, OnCommit: onCommit, Committed: committed, Retention: config.Retention, CheckInterval: config.CheckInterval, Log: config.Log, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close commits what is queued and closes the database.
func (c *Collector) Close() error { return c.store.Close() }
