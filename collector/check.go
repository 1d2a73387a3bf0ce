package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/postgres"
	"github.com/throughline/throughline/collector/sqlite"
)

// check runs `collector check`: it looks through a database for damage, also while a collector uses it.
func check(ctx context.Context, args []string, out, logTo io.Writer) error {
	flags := flag.NewFlagSet("throughline-collector check", flag.ContinueOnError)
	db := flags.String("db", "throughline.db", "database `file`")
	if _, err := parse(flags, args, logTo, "throughline-collector check [--db file]   looks through a database for damage, also while a collector uses it"); err != nil {
		return err
	}
	if postgres.IsAddress(*db) {
		return errors.New("check is for SQLite's file; for PostgreSQL, use its pg_amcheck and pg_checksums")
	}
	if err := app.CheckDB(*db); err != nil {
		return err
	}
	if err := sqlite.Check(ctx, *db); err != nil {
		return err
	}
	fmt.Fprintln(out, "no damage was found in", *db)
	return nil
}
