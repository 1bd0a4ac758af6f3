package monitor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/directory-monitor/internal/feed"
	"github.com/millrace/millrace/services/directory-monitor/internal/folder"
	"github.com/millrace/millrace/services/directory-monitor/internal/publish"
	"github.com/millrace/millrace/services/directory-monitor/internal/stats"
)

const (
	firstPause, longestPause = 100 * time.Millisecond, 5 * time.Second
	// fencedTwice is how soon after one takeover a second one means that another
	// monitor runs beside this one.
	fencedTwice = time.Minute
	// grace is how long a commit may take after Run was told to stop.
	grace = 5 * time.Second
)

// Conditions that a monitor reports to Config.Ready.
const (
	conditionFolder = "folder"
	conditionKafka  = "kafka"
)

// Run watches the folder until ctx ends, whose error it returns, or reads the
// Inputs to their end. While Kafka or the folder is away it waits and says so.
// It fails when the settings cannot work (a [daemon.UsageError]), when topics
// have other partition counts, or when another monitor of the same name runs.
func Run(ctx context.Context, c Config) error {
	if err := c.normalize(); err != nil {
		return err
	}
	st, err := stats.New(c.Metrics)
	if err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	m := &monitor{Config: c, stats: st, outage: daemon.NewOutage(c.Clock, c.Log, "write to Kafka")}
	m.Ready.Require(conditionFolder, conditionKafka)
	if len(c.Inputs) > 0 {
		if err := m.expandInputs(ctx); err != nil {
			return err
		}
	}
	return m.run(ctx)
}

// monitor is one run of the service.
type monitor struct {
	Config
	stats  *stats.Stats
	outage *daemon.Outage // of commits
	total  int64          // bytes of the Inputs
	fenced time.Time      // last takeover by another
}

// run holds one session after the other: what ends a session is a failure, and
// the next one begins from what was committed.
func (m *monitor) run(ctx context.Context) error {
	pause := firstPause
	for {
		began := m.Clock.Now()
		err := m.session(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case m.permanent(err):
			if errors.Is(err, kafka.ErrFenced) {
				return fmt.Errorf("another directory-monitor called %s runs; stop one of them, or give it another --name: %w", m.Name, err)
			}
			return err
		case errors.Is(err, feed.ErrFolderGone):
			m.Ready.Report(conditionFolder, err)
			m.Log.Warn("the folder is gone; waiting for it", "folder", m.Watch, "error", err)
			continue
		}
		m.Ready.Report(conditionKafka, err)
		m.outage.Failed(err)
		if m.Clock.Now().Sub(began) > 2*longestPause {
			pause = firstPause
		}
		if err := m.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// permanent reports whether trying again is of no use.
func (m *monitor) permanent(err error) bool {
	var usage *daemon.UsageError
	var partitions *kafka.PartitionsError
	var fatal *fatalError
	if errors.As(err, &usage) || errors.As(err, &partitions) || errors.As(err, &fatal) {
		return true
	}
	var commit *publish.CommitError
	if errors.Is(err, kafka.ErrFenced) && errors.As(err, &commit) && commit.After < kafka.TransactionTimeout {
		// Not because of the time: another monitor has taken over.
		now := m.Clock.Now()
		again := !m.fenced.IsZero() && now.Sub(m.fenced) < fencedTwice
		m.fenced = now
		return again
	}
	return false
}

// fatalError is an error that trying again does not mend.
type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// openFolder opens the folder, and waits until it is there.
func (m *monitor) openFolder(ctx context.Context) (*folder.Folder, error) {
	var opened *folder.Folder
	err := daemon.RetryClock(ctx, m.Clock, m.Log, "open the folder to watch", func(context.Context) error {
		var err error
		opened, err = folder.Open(m.Watch, m.Log)
		switch {
		case errors.Is(err, folder.ErrNotFolder):
			return daemon.Usagef("--watch: %w; give a folder", err)
		case errors.Is(err, fs.ErrNotExist):
			err = fmt.Errorf("folder %s does not exist; waiting until it does (--watch)", m.Watch)
		}
		m.Ready.Report(conditionFolder, err)
		return err
	})
	return opened, err
}

// expandInputs replaces folders among the Inputs by their files, and adds up
// the sizes. An input that is not there is an error; what lies in a folder and
// cannot be read becomes a dead letter later.
func (m *monitor) expandInputs(ctx context.Context) error {
	files, total, err := expand(ctx, m.Inputs, m.Log)
	if err != nil {
		return err
	}
	m.Inputs, m.total = files, total
	m.Ready.Report(conditionFolder, nil)
	return nil
}
