package faults

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// letters checks that the dead letters are exactly the poison, and that as many
// records were taken for not ours as the harness has written such.
func (h *harness) letters(ctx context.Context, t jury) {
	// The follower may be a moment behind.
	ledger.Pause(ctx, 2*time.Second)
	dead := h.follower.Dead()
	h.tricks.mu.Lock()
	cuts := h.tricks.cuts
	h.tricks.mu.Unlock()
	monitor := compareLetters(t, dead, h.book.Malformed(), h.book.DeadLines(), cuts)
	if got, want := int64(h.follower.Strays()), h.strays.Load(); got != want {
		t.Errorf("%d records of the registry, the status and the dead letters are not ours, the harness has written %d", got, want)
	}
	h.journal.note("%d dead letters, %d of them of directory-monitor; %d strange records", len(dead), monitor, h.follower.Strays())
}

// compareLetters holds the dead letters against what should have become one: of
// scan malformed documents, of directory-monitor lines that it refuses, and of
// every archive that was cut short, by its name, the line that it breaks off in. It
// returns how many are of directory-monitor.
func compareLetters(t ledger.Reporter, dead []wire.DeadLetter, malformed, refused [][]byte, cuts map[string][]byte) (monitor int) {
	ofScan, ofMonitor, broken := counted(malformed), counted(refused), map[string]bool{}
	places := map[string]*wire.DeadLetter{}
	for i := range dead {
		d := &dead[i]
		place := fmt.Sprint(d.Source, " ", d.Offset, " ", d.File, " ", d.Line)
		if other := places[place]; other != nil {
			t.Errorf("two dead letters of one place, %s: %s: %.300q, and %s: %.300q", place, d.Reason, d.Data, other.Reason, other.Data)
		}
		places[place] = d
		want := ofScan
		if !strings.HasPrefix(d.Source, kafka.TopicTweets) {
			monitor++
			want = ofMonitor
			if text, cut := cuts[filepath.Base(d.File)]; cut && want[d.SHA256] == 0 {
				switch {
				case broken[filepath.Base(d.File)]:
					t.Errorf("a second dead letter of an archive that was cut short: %s: %s: %.200q", place, d.Reason, d.Data)
				case !breaksOff(d, text):
					t.Errorf("the dead letter of an archive that was cut short is not what a line of it begins with: %s: %s: %.200q", place, d.Reason, d.Data)
				}
				broken[filepath.Base(d.File)] = true
				continue
			}
		}
		if want[d.SHA256]--; want[d.SHA256] < 0 {
			t.Errorf("a dead letter that should not be: %s: %s: %.200q", place, d.Reason, d.Data)
		}
	}
	lacks := func(want map[string]int, what string) {
		missing := 0
		for _, n := range want {
			missing += max(n, 0)
		}
		if missing > 0 {
			t.Errorf("%d %s did not become dead letters", missing, what)
		}
	}
	lacks(ofScan, "documents that are none")
	lacks(ofMonitor, "lines that directory-monitor refuses")
	for name := range cuts {
		if !broken[name] {
			t.Errorf("the archive %s, which was cut short, did not become a dead letter", name)
		}
	}
	return monitor
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func counted(lines [][]byte) map[string]int {
	all := map[string]int{}
	for _, line := range lines {
		all[hash(line)]++
	}
	return all
}

// breaksOff tells whether a dead letter holds what a line of a text begins with.
func breaksOff(d *wire.DeadLetter, text []byte) bool {
	if hash(d.Data) != d.SHA256 {
		return false
	}
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, d.Data) {
			return true
		}
	}
	return false
}
