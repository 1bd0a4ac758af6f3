package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

// errDenied is wrapped where the login may not do what the scan of a stream takes: that is
// for who runs Kafka to mend, and other streams go on.
var errDenied = errors.New("the login may not scan it")

// trouble is why a stream is not scanned.
type trouble struct {
	why  string
	kind error // what it has in common with what is told in other words a moment later
}

func kindOf(err error) error {
	for _, kind := range []error{scanlog.ErrMissing, scanlog.ErrTopic, scan.ErrContinuity} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return errDenied
}

// stopped tells why a stream is not scanned: in the log, once as long as that is why, and
// to whoever asks how this scheduler is.
func (s *service) stopped(sc *scanning, err error) {
	name, kind := sc.stream.Name, kindOf(err)
	way := fmt.Sprintf("Its queries get nothing new until it is dropped and declared again (DROP STREAM %s, CREATE STREAM %s …)", name, name)
	if errors.Is(kind, errDenied) {
		way = fmt.Sprintf("Let the login describe and read topic %s, read groups that begin with millrace-, and write under transactional ids that begin so; it is tried again every %s",
			sc.stream.Topic, lookEvery)
	}
	now := &trouble{kind: kind, why: fmt.Sprintf("stream %s is not scanned: %v. %s", name, err, way)}
	level := slog.LevelError
	if was := sc.trouble.Swap(now); was != nil && errors.Is(was.kind, kind) {
		level = slog.LevelDebug
	}
	s.Log.Log(context.Background(), level, now.why, "stream", name, "topic", sc.stream.Topic)
}

// goes takes back what stopped has told, once a scan has run for a while: it may begin
// many times before it meets the same again.
func (s *service) goes(sc *scanning) {
	if sc.trouble.Swap(nil) != nil {
		s.Log.Info("a stream is scanned again", "stream", sc.stream.Name, "topic", sc.stream.Topic)
	}
}
