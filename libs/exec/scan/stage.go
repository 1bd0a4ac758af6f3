package scan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// Config is what a Stage needs. The zero durations and sizes mean their
// defaults.
type Config struct {
	Log      Log
	Programs Programs
	Clock    Clock

	Stream   string            // what the documents are, in the catalog
	Since    int64             // of the stream; see [Stream.Since]
	Topic    string            // where they come from
	Topics   map[string]string // ids of the topics that seals speak about; Topic is one
	Exchange int               // partitions of the exchange
	Slot     int32             // of this scheduler, for diagnosis

	Interval  time.Duration // between two transactions; 100 ms
	Heartbeat time.Duration // between two transactions when nothing changes; 2 s
	IdleAfter time.Duration // at the end of a partition, longer than LookEvery; 5 s
	LookEvery time.Duration // at ends and backlog; 1 s

	MaxBytes     int   // of input and of partial aggregates that one transaction takes, or holds at a time where one record makes more; 64 MiB
	MaxBlock     int   // bytes of a block; delta.MaxBlock
	BacklogLimit int64 // bytes of exchange backlog above which reading pauses; 0: none

	Logger  *slog.Logger
	Metrics *Metrics // nil: none are kept
	Samples *Mailbox // takes what was timed, after commits; nil: nothing is timed

	// Holds, if not nil, is told in every step how many partitions the stage has
	// begun with.
	Holds func(partitions int)
}

func (c *Config) defaults() error {
	if c.Log == nil || c.Programs == nil || c.Clock == nil || c.Stream == "" || c.Exchange < 1 {
		return errors.New("a scan stage needs a log, programs, a clock, a stream and exchange partitions")
	}
	if c.Topics[c.Topic] == "" {
		return fmt.Errorf("the id of topic %q is not known", c.Topic)
	}
	setDefault(&c.Interval, 100*time.Millisecond)
	setDefault(&c.Heartbeat, 2*time.Second)
	setDefault(&c.IdleAfter, 5*time.Second)
	setDefault(&c.LookEvery, time.Second)
	setDefault(&c.MaxBytes, 64<<20)
	setDefault(&c.MaxBlock, delta.MaxBlock)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = new(Metrics)
	}
	return nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// ErrGone says that the stream was dropped, or declared anew: what is there by its name
// is another one's to scan.
var ErrGone = errors.New("the stream was dropped or declared anew")

// Stage runs the scan of one consumer group member: it folds what it polls into
// a [Partial] and ends a transaction about every 100 ms, which writes the blocks,
// then a seal to every exchange partition, and commits the offsets of every
// partition that the seal speaks about. Between transactions it remembers of a
// partition only its position, its newest event time, and whether it is idle or
// has ended.
type Stage struct {
	cfg   Config
	parts map[int32]*part

	// The transaction being gathered.
	program *Program
	plan    int64
	partial *Partial
	letters []DeadLetter
	read    int   // documents and markers
	rows    int   // of the documents, those that could be read
	input   int   // bytes read
	bytes   int   // of input and dead letters, which are kept
	spent   bool  // a transaction failed: whether it was committed is not known
	begun   bool  // some of it has been written
	spilled int   // bytes of the Partial that were
	failed  error // to begin it

	sampler *Sampler // nil: nothing is timed
	decoder jsonscan.Decoder
	batch   *record.Batch // of the decoder's schema: what is decoded and not evaluated
	unread  int           // bytes that it was decoded from
	used    []func()      // that release these bytes
	growth  float64       // of the Partial, in bytes by byte that is evaluated; below 0: not known
	shaped  *record.Schema

	fresh      bool  // the assignment has not been sealed yet
	sealedPlan int64 // plan position of the last seal
	sequence   int64
	lastEnd    time.Time // of a transaction
	lastLook   time.Time
	paused     bool // reading, since pausedAt
	pausedAt   time.Time
}

// NewStage returns a stage that has yet to Run.
func NewStage(cfg Config) (*Stage, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	s := &Stage{cfg: cfg, sealedPlan: -1}
	if cfg.Samples != nil {
		s.sampler = NewSampler(nil)
	}
	return s, nil
}

// Run scans what the group assigns until ctx ends, when it commits once more
// and returns nil. Any error means that the member has to be given up and the
// stage started anew with a new one.
func (s *Stage) Run(ctx context.Context) error {
	defer s.cfg.Metrics.rest()
	for ctx.Err() == nil {
		if err := s.step(ctx); err != nil {
			if !s.spent && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				break
			}
			return err
		}
	}
	s.leave(ctx)
	return nil
}

// step is one round.
func (s *Stage) step(ctx context.Context) error {
	polled, err := s.cfg.Log.Poll(ctx, s.patience())
	if err != nil {
		return fmt.Errorf("poll %s: %w", s.cfg.Topic, err)
	}
	if polled.Assignment != nil || polled.Revoked {
		if err := s.assign(ctx, polled.Assignment); err != nil {
			return err
		}
	}
	if s.cfg.Holds != nil {
		s.cfg.Holds(len(s.parts))
	}
	for i := range polled.Records {
		if err := s.add(ctx, &polled.Records[i]); err != nil {
			return err
		}
		if !s.begun {
			continue
		}
		// What comes of a record is much: the sooner it is committed the better.
		if committed, err := s.commit(ctx); err != nil || !committed {
			return err // the records come again
		}
	}
	if len(polled.Lost) > 0 {
		if err := s.skip(ctx, polled.Lost); err != nil {
			return err
		}
	}
	s.look(ctx)
	if err := s.swap(); err != nil {
		return err
	}
	if s.due() {
		_, err := s.commit(ctx)
		return err
	}
	return nil
}

// leave commits what has been folded before the member goes.
func (s *Stage) leave(ctx context.Context) {
	if s.read == 0 || len(s.parts) == 0 {
		return
	}
	if _, err := s.commit(ctx); err != nil {
		// What is not committed now is read again by the next owner.
		s.cfg.Logger.Info("the last transaction failed", "topic", s.cfg.Topic, "error", err)
	}
}

// swap takes the newest program over, if nothing has been read under the
// present one: a transaction has one plan position. None has one at which its stream is
// not the one that is defined: so merge tells by the plan position, which streams of one
// name blocks and seals are of.
func (s *Stage) swap() error {
	if s.read > 0 {
		return nil
	}
	program, position := s.cfg.Programs.Current()
	if program != s.program && !program.has(s.cfg.Stream, s.cfg.Since) && !planted.On(planted.StreamOutlived) {
		return fmt.Errorf("scan %s under plan position %d: %w", s.cfg.Stream, position, ErrGone)
	}
	s.plan = position
	if program == s.program && s.partial != nil {
		return nil
	}
	s.program, s.growth = program, -1
	if s.partial == nil {
		s.partial = NewPartial(program)
		s.partial.Sample(s.sampler)
	} else {
		s.partial.Reset(program)
	}
	schema := program.Schema(s.cfg.Stream)
	if schema != nil && schema == s.shaped {
		return nil
	}
	decoder, err := program.Decoder(s.cfg.Stream)
	if err != nil {
		return fmt.Errorf("read %s: %w", s.cfg.Topic, err)
	}
	s.decoder, s.shaped, s.batch = decoder, schema, record.NewBatch(schema)
	return nil
}

// patience is how long a poll may wait: until the next transaction is due, and
// never longer than an interval, for the plan may change.
func (s *Stage) patience() time.Duration {
	since := s.cfg.Clock.Now().Sub(s.lastEnd)
	wait := s.cfg.Interval
	if s.pending() {
		wait = s.cfg.Interval - since
	}
	return min(max(wait, time.Millisecond), s.cfg.Interval)
}

// due reports whether a transaction is to be ended now.
func (s *Stage) due() bool {
	if len(s.parts) == 0 {
		return false
	}
	since := s.cfg.Clock.Now().Sub(s.lastEnd)
	switch {
	case since >= s.cfg.Heartbeat || since < 0: // the clock was set
		return true
	case s.bytes+s.partial.Bytes() >= s.cfg.MaxBytes:
		return true
	default:
		return since >= s.cfg.Interval && s.pending()
	}
}

// pending reports whether there is anything new to say. A position that has
// passed transaction markers only is not.
func (s *Stage) pending() bool {
	if s.read > 0 || s.fresh || len(s.parts) > 0 && s.plan != s.sealedPlan {
		return true
	}
	for _, p := range s.parts {
		if p.now != p.sealed || p.gap() {
			return true
		}
	}
	return false
}
