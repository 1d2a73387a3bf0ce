package memory

import "golang.org/x/sys/unix"

// physical returns the machine's memory, 0 if it is not known.
func physical() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
