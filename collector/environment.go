package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

// environmentPrefix is what the names of the environment's variables begin with.
const environmentPrefix = "THROUGHLINE_"

// variableOf returns the environment's variable that stands for a flag: THROUGHLINE_READ_KEY for --read-key.
func variableOf(flagName string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// setFromEnvironment sets the flags that were not given from the environment. An empty variable counts as none: that is what is left where a
// file of a container system names one that nobody has set. It returns from where each flag has its value.
func setFromEnvironment(flags *flag.FlagSet) (sources map[string]string, err error) {
	sources = map[string]string{}
	flags.Visit(func(f *flag.Flag) { sources[f.Name] = "flag" })
	flags.VisitAll(func(f *flag.Flag) {
		if sources[f.Name] != "" {
			return
		}
		sources[f.Name] = "default"
		variable := variableOf(f.Name)
		value := os.Getenv(variable)
		if value == "" {
			return
		}
		sources[f.Name] = "environment"
		if set := flags.Set(f.Name, value); set != nil && err == nil {
			err = fmt.Errorf("%s: %w", variable, set)
		}
	})
	return sources, err
}

// unknownVariables returns the environment's variables that look like the collector's and stand for no flag: a misspelled one would be as if it
// were not there. Kubernetes makes some up for a service with the collector's name.
func unknownVariables(flags *flag.FlagSet) (names []string) {
	known := map[string]bool{}
	flags.VisitAll(func(f *flag.Flag) { known[variableOf(f.Name)] = true })
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		ofKubernetes := strings.Contains(name, "_SERVICE_") || strings.Contains(name, "_PORT")
		if strings.HasPrefix(name, environmentPrefix) && !known[name] && !ofKubernetes {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
