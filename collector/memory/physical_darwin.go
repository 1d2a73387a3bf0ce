package memory

import "golang.org/x/sys/unix"

// physical returns the machine's memory, 0 if it is not known.
func physical() int64 {
	bytes, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return int64(bytes)
}
