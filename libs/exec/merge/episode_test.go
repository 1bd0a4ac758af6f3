package merge

import (
	"log/slog"
	"testing"
	"time"
)

// What befalls eight partitions is told of once, then every ten seconds, and is
// over with the last of them that is still owned.
func TestEpisode(t *testing.T) {
	var e episode
	now := time.Unix(1, 0)
	all, warned := map[int32]*owned{}, 0
	for range 24 {
		for p := range int32(8) {
			all[p] = &owned{}
			if e.begin(p, now) == slog.LevelWarn {
				warned++
			}
		}
		now = now.Add(time.Second)
	}
	if warned != 3 {
		t.Errorf("told of %d times in 24 s, want 3", warned)
	}
	for p := range int32(6) {
		if e.end(p, all) {
			t.Errorf("over with partition %d", p)
		}
	}
	delete(all, 7)
	if !e.end(6, all) || e.end(6, all) || e.end(7, all) {
		t.Error("want it to be over with partition 6, and once: 7 is another's")
	}
	if e.begin(1, now) != slog.LevelWarn {
		t.Error("the next one is not told of at once")
	}
}
