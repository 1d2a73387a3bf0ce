package ingest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseTime(t *testing.T) {
	const ms = 1_700_000_000_123
	for _, test := range []struct {
		raw  string
		want int64
		ok   bool
	}{
		{``, 0, true},
		{`null`, 0, true},
		{`1700000000`, 1_700_000_000_000, true},
		{`1700000000.123`, ms, true},
		{`1700000000123`, ms, true},
		{`1700000000123.4`, ms, true},
		{`1.700000000123e12`, ms, true},
		{`"1700000000123"`, ms, true},
		{`"1700000000"`, 1_700_000_000_000, true},
		{`"2023-11-14T22:13:20.123Z"`, ms, true},
		{`"2023-11-14T23:13:20.123+01:00"`, ms, true},
		{`"2023-11-14T22:13:20.123"`, ms, true},
		{`"2023-11-14 22:13:20"`, 1_700_000_000_000, true},
		{`"2023-11-14"`, 1_699_920_000_000, true},
		{`-1`, -1000, true}, // a clock set before 1970
		{`99999999999`, 99_999_999_999_000, true},
		{`100000000000`, 100_000_000_000, true},
		{`8640000000000000`, 8_640_000_000_000_000, true},
		{`8640000000000001`, 0, false}, // no Date of JavaScript's can say it
		{`-8640000000000001`, 0, false},
		{`1e308`, 0, false},
		{`1e999`, 0, false},
		{`-1e999`, 0, false},
		{`"NaN"`, 0, false},
		{`"Infinity"`, 0, false},
		{`"0x10"`, 0, false},
		{`"1_000"`, 0, false},
		{`""`, 0, false},
		{`"yesterday"`, 0, false},
		{`"2023-02-30"`, 0, false},
		{`"+"`, 0, false},
		{`true`, 0, false},
		{`[1700000000]`, 0, false},
		{`{}`, 0, false},
	} {
		t.Run(test.raw, func(t *testing.T) {
			got, ok := parseTime(test.raw)
			assert.Equal(t, test.ok, ok)
			if ok {
				assert.Equal(t, test.want, got)
			}
		})
	}
}
