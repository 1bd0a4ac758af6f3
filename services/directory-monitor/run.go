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
	// fencedTwice is how soon after one transaction that Kafka may have ended by
	// itself a second one means that another monitor runs beside this one.
	fencedTwice = time.Minute
	// grace is how long a commit may take after Run was told to stop.
	grace = 5 * time.Second
)

// Conditions that a monitor reports to Config.Ready.
const (
	conditionFolder = "folder"
	conditionKafka  = "kafka"
)

// ErrFenced says that another monitor took over the name, or that the brokers
// took this one's silence for its end. Whoever supervises the process starts it
// again, and looks why if that happens again and again.
var ErrFenced = kafka.ErrFenced

// fencedError is an [ErrFenced] for the operator.
type fencedError struct {
	name, watch string
	err         error
}

func (e *fencedError) Error() string {
	what := ""
	if e.watch != "" {
		what = " (of " + e.watch + ")"
	}
	return fmt.Sprintf("directory-monitor %s%s is fenced: another one runs under this --name, which by default is made from the folder, or this one stood still for longer than a transaction may last (%s). "+
		"Let one monitor run per folder: stop the other. If this one is alone, start it again: nothing is lost. (%v)",
		e.name, what, kafka.TransactionTimeout, e.err)
}

func (e *fencedError) Unwrap() error { return e.err }

// Run watches the folder until ctx ends, whose error it returns, or reads the
// Inputs to their end. While Kafka or the folder is away it waits and says so.
// It fails when the settings cannot work (a [daemon.UsageError]), when topics
// have other partition counts, or when another monitor of the same name runs
// ([ErrFenced]).
func Run(ctx context.Context, c Config) error {
	if err := c.normalize(); err != nil {
		return err
	}
	st := stats.New()
	defer c.Metrics.Register(st.Source())()
	m := &monitor{Config: c, stats: st, outage: daemon.NewOutage(c.Clock, c.Log, "write to Kafka")}
	m.Ready.Require(m.condition(conditionFolder), m.condition(conditionKafka))
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
	fenced time.Time      // when Kafka last ended a transaction, or another took over
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
			return err
		case errors.Is(err, ErrFenced) && m.takenOver(err):
			err = &fencedError{name: m.Name, watch: m.Watch, err: err}
			m.Ready.Report(m.condition(conditionKafka), err)
			return err
		case errors.Is(err, feed.ErrFolderGone):
			m.Ready.Report(m.condition(conditionFolder), err)
			m.Log.Warn("the folder is gone; waiting for it", "folder", m.Watch, "error", err)
			continue
		}
		m.Ready.Report(m.condition(conditionKafka), err)
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
	return errors.As(err, &usage) || errors.As(err, &partitions) || errors.As(err, &fatal)
}

// takenOver reports whether a monitor that was fenced is to give up: two that
// began anew for ever would fence each other for ever. A transaction that was
// open for longer than Kafka lets it be was ended by Kafka, if that is rare.
func (m *monitor) takenOver(err error) bool {
	now, before := m.Clock.Now(), m.fenced
	m.fenced = now
	var commit *publish.CommitError
	if !errors.As(err, &commit) || commit.After < kafka.TransactionTimeout {
		return true
	}
	return !before.IsZero() && now.Sub(before) < fencedTwice
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
		m.Ready.Report(m.condition(conditionFolder), err)
		return err
	})
	return opened, err
}

// expandInputs replaces folders among the Inputs by their files, and adds up
// the sizes. An input that is not there is an error; what lies in a folder and
// cannot be read becomes a dead letter later.
func (m *monitor) expandInputs(ctx context.Context) error {
	files, err := expand(ctx, m.Inputs, m.Log)
	if err != nil {
		return err
	}
	m.Inputs, m.total = files.paths, files.total
	m.Ready.Report(m.condition(conditionFolder), nil)
	return nil
}
