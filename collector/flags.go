package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/throughline/throughline/collector/clientaddr"
	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/limit"
	"github.com/throughline/throughline/collector/memory"
	"github.com/throughline/throughline/collector/project"
)

// settings are what the flags say.
type settings struct {
	addr  string
	drain time.Duration
	app   app.Config
}

// parseFlags parses the flags. The secrets among them may be in the environment instead, where other users of the machine do not see them;
// they are no defaults, because --help prints those.
func parseFlags(args []string, output io.Writer) (s settings, err error) {
	flags := flag.NewFlagSet("collector", flag.ContinueOnError)
	flags.SetOutput(output)
	s.app.Memory = memory.Default()
	s.app.RatePerAddress = limit.Rate{PerSecond: 1000, Burst: 20_000}
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8080", "address to listen on")
	flags.StringVar(&s.app.DB, "db", "throughline.db", "database file")
	flags.StringVar(&s.app.Site, "site", "", "folder with the demo, Live View and the library's files")
	flags.StringVar(&s.app.ReadKey, "read-key", "", "what reading asks for; needed on any address but loopback, and behind a proxy; or THROUGHLINE_READ_KEY")
	tokens := flags.String("tokens", "", "tokens of the projects that may send, such as a,b,c or @file with one in each line, each perhaps with :secret behind it, for which /import then asks; or THROUGHLINE_TOKENS; without it, any may send")
	flags.Var(&s.app.Memory, "memory", "memory that the collector may take, such as 512M; by default, four fifths of what the machine or the container has")
	flags.Var(&s.app.RatePerAddress, "rate-per-address", "events a second from one client's address, and with :N how many at once; off for no limit")
	flags.Var(&s.app.RatePerToken, "rate-per-token", "events a second for one project, and with :N how many at once; off for no limit")
	proxies := flags.String("trusted-proxies", "", "addresses or networks of proxies whose X-Forwarded-For or Forwarded is believed, such as 127.0.0.1,10.0.0.0/8")
	aliasAnswers := flags.String("alias-answers", "on", "on: a client is told that an alias it claims is taken, though not by whom; off: it is not told")
	retained := flags.String("retention", "", "how many days events are kept, such as 400d or shop=30d,blog=0,*=400d by token; 0 is for ever, as without it")
	flags.DurationVar(&s.app.CheckInterval, "check-interval", 24*time.Hour, "how often the database is looked through for damage; 0 for never")
	flags.DurationVar(&s.drain, "drain", 0, "how long requests are still taken after the signal to stop, while /readyz already says no")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("%q means nothing here; see --help", flags.Arg(0))
	}
	for value, name := range map[*string]string{&s.app.ReadKey: "THROUGHLINE_READ_KEY", tokens: "THROUGHLINE_TOKENS"} {
		if *value == "" {
			*value = os.Getenv(name)
		}
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
	if s.app.CheckInterval < 0 {
		return s, fmt.Errorf("--check-interval: %s is less than nothing", s.app.CheckInterval)
	}
	switch *aliasAnswers {
	case "on", "off":
		s.app.HideTakenAliases = *aliasAnswers == "off"
	default:
		return s, fmt.Errorf("--alias-answers: %q is neither on nor off", *aliasAnswers)
	}
	return s, nil
}
