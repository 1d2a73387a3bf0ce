package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of /proc/PID/stat: a hundredth of a second on every Linux.
const clockTick = 10 * time.Millisecond

// cpuOf returns the processor time that these processes and their children have taken so far, those included that have ended; 0 where the system does
// not tell.
func cpuOf(pids []int) (total time.Duration) {
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(text), ") ") // The name of the program may have spaces.
		if fields := strings.Fields(after); len(fields) > 14 {
			for _, field := range fields[11:15] { // utime, stime, and both of the children that have ended
				ticks, _ := strconv.Atoi(field)
				total += time.Duration(ticks) * clockTick
			}
		}
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		var list []int
		for _, child := range strings.Fields(string(children)) {
			n, _ := strconv.Atoi(child)
			list = append(list, n)
		}
		total += cpuOf(list)
	}
	return total
}

// pidList is a flag of process ids with commas between them.
type pidList []int

// String implements flag.Value.
func (l *pidList) String() string { return strings.Trim(fmt.Sprint([]int(*l)), "[]") }

// Set implements flag.Value.
func (l *pidList) Set(text string) error {
	for item := range strings.SplitSeq(text, ",") {
		pid, err := strconv.Atoi(item)
		if err != nil {
			return fmt.Errorf("%q is no process id", item)
		}
		*l = append(*l, pid)
	}
	return nil
}
