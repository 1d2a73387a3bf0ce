package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/throughline/throughline/collector/internal/app"
	"github.com/throughline/throughline/collector/postgres"
	"github.com/throughline/throughline/collector/sqlite"
)

// errNotAFile is returned where a database is to be copied that is not a file.
var errNotAFile = errors.New("this copies SQLite's files only: for PostgreSQL, use its own tools, such as pg_dump or pgBackRest")

// backup runs `collector backup FILE`: it copies the database into a new file, also while a collector uses it.
func backup(ctx context.Context, args []string, out, logTo io.Writer) error {
	db, file, err := fileAndDB("backup", args, logTo, "throughline-collector backup FILE [--db file]   copies a database into FILE, also while a collector uses it")
	if err != nil {
		return err
	}
	if err := sqlite.Backup(ctx, db, file); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	fmt.Fprintf(out, "%s is a backup of %s, and no damage was found in it\n", file, db)
	return nil
}

// restore runs `collector restore FILE`: it puts a backup in the place of the database.
func restore(ctx context.Context, args []string, out, logTo io.Writer) error {
	db, file, err := fileAndDB("restore", args, logTo, "throughline-collector restore FILE [--db file]   puts a backup in the place of a database that no collector uses")
	if err != nil {
		return err
	}
	kept, err := sqlite.Restore(ctx, file, db)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	fmt.Fprintf(out, "%s was restored from %s, and no damage was found in it\n", db, file)
	if kept != "" {
		fmt.Fprintf(out, "the database that was there is kept as %s: delete it when you do not need it any more\n", kept)
	}
	return nil
}

// fileAndDB parses the arguments of a command about a file, which may be before or after the flags.
func fileAndDB(command string, args []string, output io.Writer, usage string) (db, file string, err error) {
	scan := flag.NewFlagSet(command, flag.ContinueOnError) // finds the file: package flag stops at the first argument that is no flag
	scan.SetOutput(io.Discard)
	scan.String("db", "", "")
	if scan.Parse(args) == nil && scan.NArg() > 0 {
		file = scan.Arg(0)
		args = append(slices.Clone(args[:len(args)-scan.NArg()]), scan.Args()[1:]...)
	}
	flags := flag.NewFlagSet("throughline-collector "+command, flag.ContinueOnError)
	flags.StringVar(&db, "db", "throughline.db", "database `file`")
	_, err = parse(flags, args, output, usage)
	switch {
	case err != nil:
		return "", "", err
	case file == "":
		return "", "", fmt.Errorf("%s: name the file: %s", command, usage)
	case postgres.IsAddress(db):
		return "", "", errNotAFile
	}
	return db, file, app.CheckDB(db)
}
