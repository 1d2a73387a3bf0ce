package main

import (
	"slices"
	"time"
)

func summary(events int, all time.Duration, took []time.Duration) result {
	slices.Sort(took)
	return result{
		Events:    events,
		Seconds:   all.Seconds(),
		PerSecond: float64(events) / all.Seconds(),
		P50MS:     milliseconds(took, 50),
		P99MS:     milliseconds(took, 99),
	}
}

// milliseconds is the value that so many of a hundred are not above. The values are sorted.
func milliseconds(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)*percent+99)/100-1].Microseconds()) / 1000
}
