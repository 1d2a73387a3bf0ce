//go:build race

package main_test

// buildFlags give the program the race detector where the tests have it: it then ends badly after a race.
var buildFlags = []string{"-race"}
