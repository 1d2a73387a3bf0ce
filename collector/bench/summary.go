package main

import (
	"slices"
	"time"
)

func summarize(events int, total time.Duration, durations []time.Duration) result {
	slices.Sort(durations)
	return result{
		Events:    events,
		Seconds:   total.Seconds(),
		PerSecond: float64(events) / total.Seconds(),
		P50MS:     percentileMS(durations, 50),
		P99MS:     percentileMS(durations, 99),
	}
}

// percentileMS returns the smallest of the sorted values that percent of all values do not exceed, in milliseconds.
func percentileMS(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)*percent+99)/100-1].Microseconds()) / 1000
}
