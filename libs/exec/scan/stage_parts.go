package scan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// ErrContinuity is wrapped where the input does not hold the place where reading
// went on to. It mends by nothing that a new member could do.
var ErrContinuity = errors.New("the input does not continue")

// part is an assigned input partition.
type part struct {
	generation uint64

	// Of the positions, to is committed; those below from and not below to are
	// lost, which the next seal declares; those below pos are folded.
	to, from, pos int64

	now    progress // with what has been folded
	sealed progress // as of the last committed seal
	taken  taken    // since the last committed seal

	quiet quiet
}

// progress is what a stage remembers of a partition between transactions.
type progress struct {
	newest    int64 // event time, microseconds since 1970
	idle, end bool
}

// taken is what the transaction being gathered has read of a partition.
type taken struct {
	documents int64 // bad ones too
	appended  int64 // greatest append time of their records, milliseconds since 1970
}

func (p *part) gap() bool { return p.from > p.to }

// back forgets what has been folded since the last commit. A gap stays: what is
// lost is lost.
func (p *part) back() {
	if p.pos > p.from {
		p.quiet = quiet{}
	}
	if planted.On(planted.ProgressKept) {
		p.sealed = p.now
	}
	p.pos, p.now, p.taken = p.from, p.sealed, taken{}
}

// keep makes what has been folded the committed state.
func (p *part) keep() {
	p.to, p.from, p.sealed, p.taken = p.pos, p.pos, p.now, taken{}
}

// assign begins an assignment, of nothing if it is nil. Before the first record
// the registry is read to the end that it has now, after the group's offsets
// were fetched: the plan position of a partition's seals never goes back.
func (s *Stage) assign(ctx context.Context, assignment map[int32]Assigned) error {
	if s.read > 0 {
		s.cfg.Metrics.Aborts.Add(AbortRebalance)
	}
	s.drop()
	s.parts = make(map[int32]*part, len(assignment))
	s.cfg.Metrics.setLag(nil)
	if len(assignment) == 0 {
		return nil
	}
	end, err := s.cfg.Programs.End(ctx)
	if err != nil {
		return fmt.Errorf("ask for the end of the registry: %w", err)
	}
	if planted.On(planted.ScanEarly) {
		end = 0
	}
	if err := s.readRegistry(ctx, end); err != nil {
		return fmt.Errorf("wait for the registry: %w", err)
	}
	begin := progress{newest: record.NoEventTime}
	for p, a := range assignment {
		s.parts[p] = &part{generation: a.Generation, to: a.Offset, from: a.Offset, pos: a.Offset, now: begin, sealed: begin}
	}
	s.fresh, s.sealedPlan = true, -1
	s.cfg.Logger.Info("scan assigned", "topic", s.cfg.Topic, "partitions", len(assignment), "registry", end)
	return s.swap()
}

// tellEvery is how often a wait that lasts is logged.
const tellEvery = 10 * time.Second

// readRegistry waits until the registry is read up to the offset, and says so where
// that lasts: no partition of this member is scanned until then.
func (s *Stage) readRegistry(ctx context.Context, end int64) error {
	for began := time.Now(); ; {
		short, cancel := context.WithTimeout(ctx, tellEvery)
		err := s.cfg.Programs.Wait(short, end)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		_, position := s.cfg.Programs.Current()
		s.cfg.Logger.Warn("a scan has not begun with what it was assigned; results lag until then", "topic", s.cfg.Topic,
			"waits_for", "the registry up to its end, which an open transaction may hold back", "end", end, "read_to", position+1,
			"after", time.Since(began).Round(time.Second))
	}
}

// drop forgets the transaction being gathered.
func (s *Stage) drop() {
	if s.partial != nil {
		s.partial.Reset(s.program)
	}
	s.release()
	s.letters, s.read, s.rows, s.input, s.bytes = nil, 0, 0, 0, 0
	s.begun, s.spilled = false, 0
}

// skip goes on at the start of partitions whose next records have been deleted,
// and lets the next seals declare the gap.
func (s *Stage) skip(ctx context.Context, lost []int32) error {
	starts, err := s.cfg.Log.Starts(ctx)
	if err != nil {
		return fmt.Errorf("ask for the starts of %s: %w", s.cfg.Topic, err)
	}
	ends, err := s.cfg.Log.Ends(ctx)
	if err != nil {
		return fmt.Errorf("ask for the ends of %s: %w", s.cfg.Topic, err)
	}
	for _, i := range lost {
		p := s.parts[i]
		if p == nil {
			continue
		}
		if p.pos > p.from {
			// A seal has one gap, before what it brings.
			if _, err := s.commit(ctx); err != nil {
				return err
			}
			return nil // the next poll says again what is lost
		}
		if p.pos > ends[i] {
			return fmt.Errorf("%w: reading went on to offset %d of %s partition %d, which ends at %d: "+
				"the topic lost records or was made anew; run `millrace reset` to begin anew", ErrContinuity, p.pos, s.cfg.Topic, i, ends[i])
		}
		if start := starts[i]; start > p.pos { // else reading went back before a gap that is known
			s.cfg.Logger.Error("documents were deleted before they were read: their retention is too short for this backlog",
				"topic", s.cfg.Topic, "partition", i, "from", p.pos, "to", start)
			p.from, p.pos = start, start
		}
		if err := s.cfg.Log.Seek(ctx, i, p.generation, p.pos); err != nil {
			return fmt.Errorf("skip the gap of %s partition %d: %w", s.cfg.Topic, i, err)
		}
	}
	return nil
}
