package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/throughline/throughline/collector/sqlite"
)

// check runs `collector check`: it looks through a database for damage, also while a collector uses it.
func check(ctx context.Context, args []string, out, logTo io.Writer) error {
	flags := flag.NewFlagSet("collector check", flag.ContinueOnError)
	flags.SetOutput(logTo)
	db := flags.String("db", "throughline.db", "database file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q means nothing here; see --help", flags.Arg(0))
	}
	if err := sqlite.Check(ctx, *db); err != nil {
		return err
	}
	fmt.Fprintln(out, "no damage was found in", *db)
	return nil
}
