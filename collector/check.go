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
	flags := flag.NewFlagSet("throughline-collector check", flag.ContinueOnError)
	db := flags.String("db", "throughline.db", "database `file`")
	if _, err := parse(flags, args, logTo, "throughline-collector check [--db file]   looks through a database for damage, also while a collector uses it"); err != nil {
		return err
	}
	if err := sqlite.Check(ctx, *db); err != nil {
		return err
	}
	fmt.Fprintln(out, "no damage was found in", *db)
	return nil
}
