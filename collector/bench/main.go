// Command bench measures a collector under load, or inserts the same rows in a loop without a collector, and prints the result as one line
// of JSON:
//
//	bench load -url http://127.0.0.1:8080 -token T -events 1000000 -batch 50 -connections 32
//	bench bare -db FILE -events 1000000 -batch 50
//	bench fill -db FILE -events 1000000
//	bench resolve -db FILE -events 1000000 -batch 100
//	bench postgres [-standby]
//	bench failover -rounds 20
//	bench attack -url http://127.0.0.1:8080 -key K -pid N -minutes 10 -attackers
//
// bare, fill and resolve take a file of SQLite or the address of a PostgreSQL database, of which postgres starts one until its standard input ends.
// fill stores that many aliases, one of a visitor each, and resolve asks for batch of them at a time.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

// result is the result of a measurement.
type result struct {
	Events    int     `json:"events"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"`
	P50MS     float64 `json:"p50_ms"` // of a batch
	P99MS     float64 `json:"p99_ms"`
	CPUMicros float64 `json:"cpu_us"` // of -pids for each event
}

// questions is how often resolve asks.
const questions = 2000

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say load, bare, fill, resolve, postgres, failover or attack")
	}
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	events := flags.Int("events", 100_000, "how many events")
	batch := flags.Int("batch", 50, "events in a request, or in a commit; ids in a question")
	url := flags.String("url", "http://127.0.0.1:8080", "load: the collector, or several with commas between them")
	token := flags.String("token", "bench", "load: the project")
	connections := flags.Int("connections", 32, "load: keep-alive connections")
	db := flags.String("db", "", "bare, fill, resolve: the database, a new one for bare")
	key := flags.String("key", "", "attack: what reading asks for")
	pid := flags.Int("pid", 0, "attack: the collector's process")
	var pids pidList
	flags.Var(&pids, "pids", "load, bare: processes whose processor time is counted, with commas between them")
	rounds := flags.Int("rounds", 20, "failover: how often")
	standby := flags.Bool("standby", false, "postgres: with a standby that is waited for")
	minutes := flags.Float64("minutes", 10, "attack: how long")
	attackers := flags.Bool("attackers", false, "attack: not only honest clients")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "attack" {
		result, err := attack(*url, *key, *pid, time.Duration(*minutes*float64(time.Minute)), *attackers)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	if args[0] == "failover" {
		result, err := failover(*rounds)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	if args[0] == "postgres" {
		return servePostgres(*standby)
	}
	if args[0] == "bare" {
		pids = append(pids, os.Getpid()) // It is the client, and for SQLite also the database.
	}
	started, cpu := time.Now(), cpuOf(pids)
	var durations []time.Duration
	var total time.Duration
	var err error
	switch args[0] {
	case "load":
		durations, err = load(*url, *token, *events, *batch, *connections)
		total = time.Since(started)
	case "bare":
		if isPostgres(*db) {
			total, durations, err = insertLoopPostgres(*db, *events, *batch)
			break
		}
		durations, err = insertLoop(*db, *events, *batch)
		for _, one := range durations { // The time that building the rows took is not counted.
			total += one
		}
	case "fill":
		err = fill(*db, *token, *events)
		total = time.Since(started)
	case "resolve":
		durations, err = resolve(*db, *token, *events, *batch, questions)
		total = time.Since(started)
	default:
		err = fmt.Errorf("%q means nothing here; say load, bare, fill, resolve, postgres, failover or attack", args[0])
	}
	if err != nil {
		return err
	}
	summary := summarize(*events, total, durations)
	summary.CPUMicros = float64((cpuOf(pids) - cpu).Microseconds()) / float64(*events)
	return json.NewEncoder(os.Stdout).Encode(summary)
}
