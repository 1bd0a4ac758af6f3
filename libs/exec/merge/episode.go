package merge

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// episode is something that befalls the partitions of a member, mostly all of
// them at once: it is told of as one. Flushes of several partitions use it side
// by side.
type episode struct {
	mu   sync.Mutex
	of   map[int32]bool
	told time.Time // when it was last told of; zero while there is none
}

// begin notes that it befalls partition p, and returns the level to tell it at:
// warn for the first, and again where it lasts.
func (e *episode) begin(p int32, now time.Time) slog.Level {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil {
		e.of = map[int32]bool{}
	}
	e.of[p] = true
	if !e.told.IsZero() && now.Sub(e.told) < logEvery {
		return slog.LevelDebug
	}
	e.told = now
	return slog.LevelWarn
}

// end notes that it is over for partition p, and reports whether it is over now
// for all that are still owned.
func (e *episode) end(p int32, owned map[int32]*owned) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.of[p] {
		return false
	}
	delete(e.of, p)
	for p := range e.of {
		if owned[p] != nil {
			return false
		}
	}
	clear(e.of)
	e.told = time.Time{}
	return true
}

// log writes at a level that an episode has chosen.
func (st *Stage) log(level slog.Level, msg string, args ...any) {
	st.cfg.Logger.Log(context.Background(), level, msg, args...)
}
