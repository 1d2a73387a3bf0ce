package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/throughline/throughline/collector/trackingplan"
)

// plan runs `collector plan`: it makes a tracking plan, or TypeScript's types of it, of the events that a running collector has taken.
func plan(ctx context.Context, args []string, out, logTo io.Writer) error {
	const usage = "throughline-collector plan --token T [flags] > plan.json   makes a tracking plan of the events that a running collector has taken"
	flags := flag.NewFlagSet("throughline-collector plan", flag.ContinueOnError)
	address := flags.String("url", "http://127.0.0.1:8080", "`address` of the collector")
	token := flags.String("token", "", "`token` of the project")
	days := flags.Int("days", 30, "of how many days, today included")
	types := flags.Bool("typescript", false, "write TypeScript's types in place of the plan")
	key := flags.String("read-key", "", "what reading asks for: the `key`, or @file")
	if _, err := parse(flags, args, logTo, usage); err != nil {
		return err
	}
	if *token == "" || *days < 1 {
		return errors.New("plan: say --token, and at least one day: " + usage)
	}
	readKey, err := loadKey(*key)
	if err != nil {
		return fmt.Errorf("--read-key: %w", err)
	}
	const day = 24 * time.Hour
	today := time.Now().UTC()
	query := url.Values{
		"token": {*token}, "from": {today.Add(-time.Duration(*days-1) * day).Format(time.DateOnly)}, "to": {today.Add(day).Format(time.DateOnly)},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, *address+"/api/export?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	if readKey != "" {
		request.Header.Set("Authorization", "Bearer "+readKey)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the collector: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(response.Body, 300)) // It only explains the status.
		return fmt.Errorf("the collector answered %s: %s", response.Status, bytes.TrimSpace(answer))
	}
	var made trackingplan.Plan
	if err := made.Read(response.Body); err != nil {
		return err
	}
	if made.Skipped > 0 {
		fmt.Fprintf(logTo, "more than %d names: %d events are not in the plan\n", trackingplan.MaxEvents, made.Skipped)
	}
	if *types {
		return made.WriteTypeScript(out)
	}
	return made.WriteJSON(out)
}
