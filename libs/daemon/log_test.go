package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestLogFormat(t *testing.T) {
	var out bytes.Buffer
	LogSettings{Level: "warn", Format: "auto"}.Logger(&out).Warn("x", "n", 1)
	if !strings.HasPrefix(out.String(), "{") {
		t.Errorf("not JSON where there is no terminal: %s", out.String())
	}
	out.Reset()
	log := LogSettings{Level: "warn", Format: "text"}.Logger(&out)
	log.Info("quiet")
	log.Error("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "level=ERROR msg=loud") {
		t.Errorf("got %s", got)
	}
}

// Durations are for people in every format.
func TestLogDurations(t *testing.T) {
	for format, want := range map[string]string{
		"json": `"took":"1.235s","wait":"12.346ms","step":"789ns","in":{"all":"-1m0s"}`,
		"text": "took=1.235s wait=12.346ms step=789ns in.all=-1m0s",
	} {
		var out bytes.Buffer
		LogSettings{Level: "info", Format: format}.Logger(&out).Info("x",
			"took", 1234567891*time.Nanosecond, "wait", 12345678*time.Nanosecond, "step", 789*time.Nanosecond,
			slog.Group("in", "all", -time.Minute))
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: got %s, want %s", format, out.String(), want)
		}
	}
}
