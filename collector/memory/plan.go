package memory

import "fmt"

// Plan is how the memory that the collector may take is divided. What is left over is for Go's garbage, which a collection frees only once
// there is some of it.
type Plan struct {
	Go          int64 // Go's heap and stacks: what runtime/debug.SetMemoryLimit is told
	Requests    int64 // bodies and what is made from them
	Headers     int64 // long headers of requests
	Connections int64 // open connections, with or without a request
}

// Smallest is the smallest memory for which a Plan leaves room for the largest request.
const Smallest Size = 192 << 20

// databaseBytes is what SQLite takes outside of Go's heap, measured while it stores events of 2 MB: 105 MiB for the writer, of which 64 MiB
// are cached pages, and some for each reader.
const databaseBytes = 136 << 20

// NewPlan divides so many bytes.
func NewPlan(total Size) Plan {
	forGo := max(int64(total)-databaseBytes, int64(total)/5*2)
	return Plan{Go: forGo, Requests: forGo / 5 * 2, Headers: forGo / 10, Connections: forGo / 5}
}

// Default returns how much the collector takes of what is available: four fifths. The rest is for the operating system's copies of what is
// sent and received, which count for a container too. It is whole megabytes, because --help shows it.
func Default() Size { return max(Smallest, Size(Available()/5*4>>20<<20)) }

// CheckSize returns an error for a memory that is too small to work with.
func CheckSize(total Size) error {
	if total < Smallest {
		smallest := Smallest
		return fmt.Errorf("%s of memory are too little: the collector needs %s", &total, &smallest)
	}
	return nil
}
