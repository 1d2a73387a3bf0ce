package memory

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBudgetKeepsAPartForSmallRequests(t *testing.T) {
	b := NewBudget(80 << 20)
	large, small := b.NewReservation(), b.NewReservation()
	require.NoError(t, large.Reserve(60<<20))
	assert.ErrorIs(t, large.Reserve(20<<20), ErrNeverFits, "more than there is for a large request, whoever else is under way")
	other := b.NewReservation()
	assert.ErrorIs(t, other.Reserve(11<<20), ErrBusy)
	require.NoError(t, other.Reserve(10<<20), "what was refused took nothing")
	assert.ErrorIs(t, other.Reserve(1), ErrBusy)
	require.NoError(t, small.Reserve(smallBytes))
	assert.ErrorIs(t, small.Reserve(1), ErrBusy, "now it is a large request")
	assert.True(t, small.IsSmall())
	assert.False(t, other.IsSmall())
	large.Keep(40 << 20)
	large.Keep(50 << 20)
	assert.NoError(t, small.Reserve(1))
	for _, r := range []*Reservation{large, small, other} {
		r.ReleaseAll()
		r.ReleaseAll()
	}
	assert.Equal(t, int64(80<<20), b.Free())
	var none *Reservation
	assert.NoError(t, none.Reserve(1<<40))
	none.Release(1)
	none.ReleaseAll()
}

// However many requests reserve and release at once, the budget is never exceeded and comes back whole.
func TestBudgetIsShared(t *testing.T) {
	b := NewBudget(1 << 20)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				r := b.NewReservation()
				for r.Reserve(1+rand.IntN(1<<18)) == nil {
					assert.GreaterOrEqual(t, b.Free(), int64(0))
				}
				r.ReleaseAll()
			}
		})
	}
	group.Wait()
	assert.Equal(t, int64(1<<20), b.Free())
}

func TestReadAll(t *testing.T) {
	broken := errors.New("it broke")
	for _, size := range []int{0, 1, firstPiece - 1, firstPiece, firstPiece + 1, 3 * firstPiece, 100_000, 3 << 20} {
		text := strings.Repeat("x", size)
		for name, source := range map[string]io.Reader{
			"at once": strings.NewReader(text), "with the end": iotest.DataErrReader(strings.NewReader(text)), "by halves": iotest.HalfReader(strings.NewReader(text)),
		} {
			b := NewBudget(64 << 20)
			r := b.NewReservation()
			got, err := r.ReadAll(source, size)
			require.NoError(t, err, name)
			assert.Equal(t, text, got, name)
			assert.Equal(t, int64(64<<20-size), b.Free(), "the text stays reserved, what it was read into does not")
		}
		for want, source := range map[error]io.Reader{
			ErrTooLong: strings.NewReader(text + "x"), broken: io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)),
		} {
			b := NewBudget(64 << 20)
			_, err := b.NewReservation().ReadAll(source, size)
			require.ErrorIs(t, err, want)
			assert.Equal(t, int64(64<<20), b.Free())
		}
	}
	b := NewBudget(1 << 20)
	_, err := b.NewReservation().ReadAll(neverEnding{}, 1<<40)
	assert.ErrorIs(t, err, ErrNeverFits)
	assert.Equal(t, int64(1<<20), b.Free())
}

type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) { return len(p), nil }

func TestCgroupLimit(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"no control groups":    {fstest.MapFS{}, 0},
		"version 2, container": {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("268435456\n")}, 256 << 20},
		"version 2, none":      {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n")}, 0},
		"version 2, a service": {fstest.MapFS{
			"proc/self/cgroup": file("0::/system.slice/collector.service\n"), "sys/fs/cgroup/system.slice/collector.service/memory.max": file("max\n"),
			"sys/fs/cgroup/system.slice/collector.service/memory.high": file("400000000\n"), "sys/fs/cgroup/system.slice/memory.max": file("500000000\n"),
		}, 400_000_000},
		"version 2, the group above is tighter": {fstest.MapFS{
			"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("900\n"), "sys/fs/cgroup/a/memory.max": file("800\n"),
		}, 800},
		"version 1": {fstest.MapFS{
			"proc/self/cgroup": file("9:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n"), "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": file("1073741824\n"),
		}, 1 << 30},
		"version 1, the path is the host's": {fstest.MapFS{
			"proc/self/cgroup": file("4:memory:/docker/abc\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("1073741824\n"),
		}, 1 << 30},
		"version 1, none": {fstest.MapFS{"proc/self/cgroup": file("4:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 0},
		"a path upwards":  {fstest.MapFS{"proc/self/cgroup": file("0::/../../x\n"), "sys/fs/cgroup/memory.max": file("7\n")}, 7},
		"nonsense":        {fstest.MapFS{"proc/self/cgroup": file("::::\n\nx"), "sys/fs/cgroup/memory.max": file("-1\n")}, 0},
	} {
		assert.Equal(t, test.want, cgroupLimit(test.files), name)
	}
	assert.Positive(t, Available())
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{
		"1": 1, "512M": 512 << 20, "512m": 512 << 20, "2G": 2 << 30, "2GiB": 2 << 30, "2gb": 2 << 30, "1.5K": 1536, " 64 M ": 64 << 20, "1T": 1 << 40, "1e6": 1_000_000,
	} {
		var s Size
		require.NoError(t, s.Set(text), text)
		assert.Equal(t, want, s, text)
	}
	for _, text := range []string{"", "M", "-1M", "0", "NaN", "Inf", "1X", "1 M M", "9999999T", "0x"} {
		var s Size
		assert.Error(t, s.Set(text), text)
	}
	for want, s := range map[string]Size{"0": 0, "5": 5, "1K": 1024, "512M": 512 << 20, "1536M": 1536 << 20, "2G": 2 << 30} {
		assert.Equal(t, want, s.String())
	}
}

// Whatever the memory is, its parts leave room for garbage, and the smallest one takes the largest request.
func TestPlan(t *testing.T) {
	for _, total := range []Size{Smallest, 256 << 20, 1 << 30, 64 << 30} {
		p := NewPlan(total)
		assert.Less(t, p.Go, int64(total))
		assert.LessOrEqual(t, p.Requests+p.Headers+p.Connections, p.Go*3/4)
		assert.NoError(t, CheckSize(total))
		r := NewBudget(p.Requests).NewReservation()
		assert.NoError(t, r.Reserve(2*10<<20), "ten megabytes while they are copied once")
	}
	assert.EqualError(t, CheckSize(64<<20), "64M of memory are too little: the collector needs 192M")
	assert.GreaterOrEqual(t, Default(), Smallest)
}
