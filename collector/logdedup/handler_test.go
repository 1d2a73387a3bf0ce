package logdedup_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/throughline/throughline/collector/logdedup"
)

func TestHandler(t *testing.T) {
	start := time.UnixMilli(1_700_000_000_000)
	for _, test := range []struct {
		name    string
		records string // message@milliseconds
		want    []string
	}{
		{"different messages", "a@0 b@0 c@1", []string{"a", "b", "c"}},
		{"the same at once", "a@0 a@1 a@999", []string{"a"}},
		{"a second later it is said how often", "a@0 a@1 a@2 a@1000", []string{"a", "a suppressed=2"}},
		{"nothing was suppressed", "a@0 a@1000 a@2000", []string{"a", "a", "a"}},
		{"each for itself", "a@0 b@500 a@999 b@1000 b@1500 a@1600", []string{"a", "b", "b suppressed=1", "a suppressed=1"}},
		{"the clock was set back", "a@100000 a@0 a@1 a@1001", []string{"a", "a", "a suppressed=1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var text strings.Builder
			h := logdedup.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				switch a.Key {
				case slog.TimeKey, slog.LevelKey:
					return slog.Attr{}
				case slog.MessageKey:
					return slog.String("", a.Value.String())
				}
				return a
			}}))
			for r := range strings.FieldsSeq(test.records) {
				message, at, _ := strings.Cut(r, "@")
				ms, err := time.ParseDuration(at + "ms")
				require.NoError(t, err)
				require.NoError(t, h.Handle(context.Background(), slog.NewRecord(start.Add(ms), slog.LevelInfo, message, 0)))
			}
			var got []string
			for line := range strings.Lines(text.String()) {
				got = append(got, strings.TrimPrefix(strings.TrimSpace(line), `""=`))
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// Of records below level info every one is logged.
func TestDebugIsComplete(t *testing.T) {
	var text strings.Builder
	log := slog.New(logdedup.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for range 3 {
		log.Debug("request")
		log.Info("note")
	}
	assert.Equal(t, 3, strings.Count(text.String(), "request"))
	assert.Equal(t, 1, strings.Count(text.String(), "note"))
}

// Records with the same message and different attributes are the same message; the attributes are logged.
func TestAttributes(t *testing.T) {
	var text strings.Builder
	log := slog.New(logdedup.New(slog.NewTextHandler(&text, nil)))
	for i := range 100 {
		log.With("n", i).WithGroup("g").Warn("refused", "x", i)
	}
	assert.Equal(t, 1, strings.Count(text.String(), "refused"))
	assert.Contains(t, text.String(), "n=0 g.x=0")
}

// Each new message is logged, however many different ones there are.
func TestManyMessages(t *testing.T) {
	var text strings.Builder
	log := slog.New(logdedup.New(slog.NewTextHandler(&text, nil)))
	for i := range 5000 {
		log.Warn(fmt.Sprint("message ", i))
	}
	assert.Equal(t, 5000, strings.Count(text.String(), "\n"))
}

// Of a long message, the first line counts: a panic's stack is another each time.
func TestLongMessages(t *testing.T) {
	var text strings.Builder
	log := slog.New(logdedup.New(slog.NewTextHandler(&text, nil)))
	for i := range 100 {
		log.Warn(fmt.Sprintf("panic: it broke\ngoroutine %d [running]:\n%s", i, strings.Repeat("x", 10_000)))
		log.Warn("long " + strings.Repeat("x", 1000) + fmt.Sprint(i))
	}
	assert.Equal(t, 2, strings.Count(text.String(), "level=WARN"))
	assert.Contains(t, text.String(), "goroutine 0 [running]")
}
