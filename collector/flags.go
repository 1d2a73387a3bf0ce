package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/collector/clientaddr"
	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/limit"
	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/collector/project"
)

// settings are what the flags say.
type settings struct {
	addr      string
	drain     time.Duration
	logFormat string
	logLevel  string
	app       app.Config
	shown     []option // all of them, without secrets
	unknown   []string // variables of the environment that stand for no flag
}

// parseFlags parses the flags. Each may be in the environment instead; secrets may be in files too, where other users of the machine do not see
// them. What is in the environment is no default, because --help prints those.
func parseFlags(args []string, output io.Writer) (s settings, err error) {
	flags := flag.NewFlagSet("throughline-collector", flag.ContinueOnError)
	s.app.Memory = memory.Default()
	s.app.RatePerAddress = limit.Rate{PerSecond: 1000, Burst: 20_000}
	s.app.CheckInterval = 24 * time.Hour
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8080", "`host:port` to listen on")
	flags.StringVar(&s.app.DB, "db", "throughline.db", "database `file` of SQLite, created where there is none; or the address of a PostgreSQL database, postgres://user@host/name, which several collectors can share")
	flags.StringVar(&s.app.Site, "site", "", "`folder` to serve, such as dist: the demo, Live View and the library's files; without it, there is no Live View")
	key := flags.String("read-key", "", "`key` that readers must present, or @file with the key in it; needed on any address but loopback, and behind a proxy")
	tokens := flags.String("tokens", "", "`tokens` of the projects that may send: a,b,c, or @file with one in each line; behind a token may be :secret, which /import into the project then needs; by default, any project may send")
	flags.Var(&s.app.Memory, "memory", "`size` of the memory that the collector may take, such as 512M; by default, four fifths of what the machine or the container has")
	flags.Var(&s.app.RatePerAddress, "rate-per-address", "`rate` of one client's address: events a second, and behind a colon how many at once; off for no limit")
	flags.Var(&s.app.RatePerToken, "rate-per-token", "`rate` of one project; by default, there is no limit")
	proxies := flags.String("trusted-proxies", "", "`addresses` or networks of proxies whose X-Forwarded-For or Forwarded is believed, such as 127.0.0.1,10.0.0.0/8")
	aliasAnswers := flags.String("alias-answers", "on", "`on or off`: whether a client is told that an alias it claims is taken; it is never told by whom")
	retained := flags.String("retention", "", "`days` for which events are kept, such as 400d, or by token shop=30d,blog=0,*=400d; 0 is for ever, as is the default")
	flags.Var((*duration)(&s.app.CheckInterval), "check-interval", "`time` between two checks of the database for damage, such as 12h; 0 for never")
	flags.Var((*duration)(&s.drain), "drain", "`time` for which requests are still taken after the signal to stop, while /readyz already says no, such as 5s")
	flags.StringVar(&s.logFormat, "log", "text", "`format` of the log: text or json")
	flags.StringVar(&s.logLevel, "log-level", "info", "`level` from which on things are logged: debug (with a line for each request), info, warn or error")
	sources, err := parse(flags, args, output, usage)
	if err != nil {
		return s, err
	}
	s.shown, s.unknown = configuration(flags, sources), unknownVariables(flags)
	if err := refuseEmpty(flags, "read-key", "tokens"); err != nil {
		return s, err
	}
	if s.app.ReadKey, err = loadKey(*key); err != nil {
		return s, fmt.Errorf("--read-key: %w", err)
	}
	if err := checkFolder(s.app.Site); err != nil {
		return s, fmt.Errorf("--site: %w", err)
	}
	if err := memory.CheckSize(s.app.Memory); err != nil {
		return s, fmt.Errorf("--memory: %w", err)
	}
	if s.app.Projects, err = project.Load(*tokens); err != nil {
		return s, fmt.Errorf("--tokens: %w", err)
	}
	if s.app.TrustedProxies, err = clientaddr.ParsePrefixes(*proxies); err != nil {
		return s, fmt.Errorf("--trusted-proxies: %w", err)
	}
	if s.app.Retention, err = parseRetention(*retained); err != nil {
		return s, fmt.Errorf("--retention: %w", err)
	}
	for name, value := range map[string]time.Duration{"--check-interval": s.app.CheckInterval, "--drain": s.drain} {
		if value < 0 {
			return s, fmt.Errorf("%s: %s is less than nothing", name, value)
		}
	}
	switch *aliasAnswers {
	case "on", "off":
		s.app.HideTakenAliases = *aliasAnswers == "off"
	default:
		return s, fmt.Errorf("--alias-answers: %q is neither on nor off", *aliasAnswers)
	}
	return s, nil
}

// usage is how to start the program.
const usage = `throughline-collector [flags]
throughline-collector check [--db file]          looks through a database for damage
throughline-collector backup FILE [--db file]    copies a database, also while a collector uses it
throughline-collector restore FILE [--db file]   puts a backup in the place of a database that no collector uses
throughline-collector health [--addr host:port]  asks a collector on this machine whether it can store events
throughline-collector plan --token T [flags]      makes a tracking plan of the events that a running collector has taken
Each flag may be in the environment instead: THROUGHLINE_READ_KEY is --read-key. A flag goes first.`

// parse parses the flags, of which no arguments may be left, and takes those that were not given from the environment; it returns from where each
// has its value. What is wrong is the error alone: with all flags printed in front of it, as package flag does, nobody would find it. With --help
// it prints how to start the program, and returns flag.ErrHelp.
func parse(flags *flag.FlagSet, args []string, output io.Writer, usage string) (sources map[string]string, err error) {
	flags.SetOutput(io.Discard)
	err = flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(output)
		fmt.Fprintf(output, "%s\n\n", usage)
		flags.PrintDefaults()
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w; see --help", err)
	case flags.NArg() > 0:
		return nil, fmt.Errorf("%q means nothing here: everything is said with flags; see --help", flags.Arg(0))
	}
	return setFromEnvironment(flags)
}

// refuseEmpty returns an error if one of these flags was given an empty text, as by "$(cat key)" where there is no file key: the collector
// would start as without the flag, and be open to everybody.
func refuseEmpty(flags *flag.FlagSet, names ...string) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if slices.Contains(names, f.Name) && strings.TrimSpace(f.Value.String()) == "" {
			err = fmt.Errorf("--%s: it is empty; leave the flag out if that is meant", f.Name)
		}
	})
	return err
}

// maxKey is more than any key has, so that a wrong file is not read as a whole.
const maxKey = 4 << 10 // bytes

// loadKey returns the key that readers must present: the text itself, or what a file contains that is named with @ before its name, as with
// --tokens. A file without a key is an error: without a key the collector would let everybody on this machine read.
func loadKey(text string) (string, error) {
	name, isFile := strings.CutPrefix(text, "@")
	if !isFile {
		return text, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("read the key: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxKey+1))
	key := strings.TrimSpace(string(content))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the key: %w", err)
	case key == "":
		return "", fmt.Errorf("read the key: %s is empty", name)
	case len(content) > maxKey || strings.ContainsAny(key, "\r\n"):
		return "", fmt.Errorf("read the key: %s must have one line, which is the key", name)
	}
	return key, nil
}

// checkFolder returns an error if there is no such folder. "" stands for none.
func checkFolder(name string) error {
	if name == "" {
		return nil
	}
	info, err := os.Stat(name)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", name)
	}
	return err
}

// duration is a time.Duration in a flag. Package flag has one, whose error for a number without a unit is only "parse error".
type duration time.Duration

// String implements flag.Value.
func (d *duration) String() string { return time.Duration(*d).String() }

// Set implements flag.Value.
func (d *duration) Set(text string) error {
	value, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("it must be a time with its unit, such as 5s or 12h")
	}
	*d = duration(value)
	return nil
}
