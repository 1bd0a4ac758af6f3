package daemon

import (
	"io"
	"log/slog"
	"os"
	"time"
)

// LogSettings say what is logged and how.
type LogSettings struct {
	Level  string // debug, info, warn or error
	Format string // auto (text on a terminal, else json), text or json
}

// Log registers --log-level and --log-format.
func (f *Flags) Log(l *LogSettings) {
	f.Choice(&l.Level, "log-level", "info", []string{"debug", "info", "warn", "error"}, "least level that is logged")
	f.Choice(&l.Format, "log-format", "auto", []string{"auto", "text", "json"}, "how the log is written; auto is text on a terminal, else json")
}

// Logger returns a logger that writes to w.
func (l LogSettings) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: readable}
	if l.Format == "text" || (l.Format != "json" && isTerminal(w)) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// readable writes durations for people, 1.234s and not 1234000000, whatever the
// format: the JSON handler would write nanoseconds.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindDuration {
		return a
	}
	d := a.Value.Duration()
	switch {
	case d.Abs() >= time.Second:
		d = d.Round(time.Millisecond)
	case d.Abs() >= time.Millisecond:
		d = d.Round(time.Microsecond)
	}
	return slog.String(a.Key, d.String())
}

// isTerminal reports whether w is a character device.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
