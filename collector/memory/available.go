package memory

import (
	"bufio"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// unknown is what Available assumes on a system that does not tell.
const unknown = 2 << 30

// Available returns how many bytes the process may take before the operating system or the container kills it: the smallest of the
// machine's memory, the limits of the process's control groups, and GOMEMLIMIT.
func Available() int64 {
	limit := debug.SetMemoryLimit(-1) // of GOMEMLIMIT; math.MaxInt64 if it is not set
	for _, bytes := range []int64{physical(), cgroupLimit(os.DirFS("/"))} {
		if bytes > 0 {
			limit = min(limit, bytes)
		}
	}
	if limit == math.MaxInt64 {
		return unknown
	}
	return limit
}

// cgroupLimit returns the smallest memory limit of the process's control groups and those above them, 0 if there is none. Both versions of
// control groups are asked, because systems may have both. Within a container the path in /proc/self/cgroup may be that of the host, of
// which only the root is visible: a path that does not exist has no limit, and the root is always asked.
func cgroupLimit(root fs.FS) int64 {
	file, err := root.Open("proc/self/cgroup")
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	limit := int64(0)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		// A line is hierarchy:controllers:path. Version 2 has the hierarchy 0 and names no controllers.
		_, rest, _ := strings.Cut(lines.Text(), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch {
		case controllers == "":
			limit = smallest(limit, groupLimit(root, "sys/fs/cgroup", group, "memory.max", "memory.high"))
		case strings.Contains(","+controllers+",", ",memory,"):
			limit = smallest(limit, groupLimit(root, "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"))
		}
	}
	return limit
}

// groupLimit returns the smallest limit in files of these names from the group up to the mount point, 0 if there is none.
func groupLimit(root fs.FS, mount, group string, names ...string) int64 {
	limit := int64(0)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		for _, name := range names {
			text, err := fs.ReadFile(root, path.Join(mount, group, name))
			if err != nil {
				continue
			}
			// "max" is no number; version 1 has a number close to the greatest where there is no limit.
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 && n < 1<<60 {
				limit = smallest(limit, n)
			}
		}
		if group == "/" {
			return limit
		}
	}
}

// smallest returns the smaller limit, where 0 stands for none.
func smallest(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
