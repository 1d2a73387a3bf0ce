//go:build race

package main_test

// buildFlags build the program with the race detector if the tests have it: after a race it then exits with an error.
var buildFlags = []string{"-race"}
