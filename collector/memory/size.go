package memory

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes in a flag: 512M, 2G, 1.5GiB, or a plain number. K, M and G are powers of 1024.
type Size int64

// String implements flag.Value.
func (s *Size) String() string {
	n := int64(*s)
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "G"}, {1 << 20, "M"}, {1 << 10, "K"}} {
		if n != 0 && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}

var errSize = errors.New("it must be a number of bytes, such as 512M or 2G")

// Set implements flag.Value.
func (s *Size) Set(text string) error {
	number := strings.ToUpper(strings.TrimSpace(text))
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I") // MB, MiB
	unit := 1.0
	for suffix, bytes := range map[string]float64{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40} {
		if plain, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = strings.TrimSpace(plain), bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(n) || n <= 0 || n*unit >= 1<<60 {
		return errSize
	}
	*s = Size(n * unit)
	return nil
}
