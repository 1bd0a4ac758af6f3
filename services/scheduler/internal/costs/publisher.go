package costs

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Defaults of a [Publisher], and how soon it looks into its mailbox.
const (
	DefaultEvery = 10 * time.Second
	DefaultMost  = 4096
	lookEvery    = time.Second
)

// Refresh is how often a cost is told again that has not changed: those that were
// not told for much longer are of a scheduler that is gone.
const Refresh = 30 * time.Minute

// Publisher tells the costs that one scheduler measures.
type Publisher struct {
	Slot    int32
	Box     *scan.Mailbox
	Program func() *scan.Program
	// Read hands over every record of the topic; nil: there are none.
	Read func(ctx context.Context, each func(*kafka.Record) error) error
	// Write writes records to the topic.
	Write func(ctx context.Context, records ...kafka.Record) error
	Clock daemon.Clock
	Log   *slog.Logger

	Every time.Duration // between two tellings; 0: DefaultEvery
	Most  int           // nodes that are told of; 0: DefaultMost

	ledger *Ledger
	fresh  bool // something was timed since the last telling
	told   map[string]wire.Cost
}

// Run tells until ctx ends.
func (p *Publisher) Run(ctx context.Context) {
	if p.Every == 0 {
		p.Every = DefaultEvery
	}
	if p.Most == 0 {
		p.Most = DefaultMost
	}
	p.ledger, p.told = NewLedger(), map[string]wire.Cost{}
	if p.Read != nil {
		if err := p.Read(ctx, p.remember); err != nil && ctx.Err() == nil {
			p.Log.Warn("cannot read what costs were told before; those of nodes that are gone stay for a while", "error", err)
		}
	}
	outage := daemon.NewOutage(p.Clock, p.Log, "tell costs")
	var last time.Time
	for {
		if err := p.Clock.Sleep(ctx, min(lookEvery, p.Every)); err != nil {
			return
		}
		p.take()
		now := p.Clock.Now()
		since := now.Sub(last)
		if due := since >= p.Every || since < 0; !due || !p.fresh && (last.IsZero() || since < Refresh) {
			continue
		}
		last, p.fresh = now, false
		if err := p.tell(ctx, now); err == nil {
			outage.Recovered()
		} else if ctx.Err() == nil {
			outage.Failed(err)
		}
	}
}

// remember keeps what an earlier run in this slot has told. What is no cost of it
// is skipped.
func (p *Publisher) remember(rec *kafka.Record) error {
	slot, node, ok := wire.ParseCostKey(rec.Key)
	if !ok || slot != p.Slot || rec.Control {
		return nil
	}
	var c wire.Cost
	if rec.Value == nil {
		delete(p.told, node)
	} else if err := c.Unmarshal(rec.Value); err == nil || c.Node == "" {
		p.told[node] = c // one that cannot be read, too: it is to be taken back
	}
	return nil
}

func (p *Publisher) take() {
	s := p.Box.Take()
	if s == nil {
		return
	}
	p.ledger.Add(s)
	p.fresh = p.fresh || len(s.All) > 0
	p.Box.Return(s)
}

// tell writes what has changed noticeably. Without documents nothing has.
func (p *Publisher) tell(ctx context.Context, now time.Time) error {
	counted := p.ledger.Follow(p.Program(), p.Most)
	known := map[string]bool{}
	var records []kafka.Record
	next := map[string]*wire.Cost{}
	for _, c := range p.ledger.Report(p.Slot, now, p.Most, counted) {
		known[c.Node] = true
		if old, told := p.told[c.Node]; told && !noticeable(&old, &c) {
			continue
		}
		value, err := c.Marshal()
		if err != nil {
			return err
		}
		records = append(records, kafka.Record{Topic: kafka.TopicCosts, Key: wire.CostKey(p.Slot, c.Node), Value: value})
		next[c.Node] = &c
	}
	for node, c := range p.told {
		if !known[node] && p.over(&c, now) {
			records = append(records, kafka.Record{Topic: kafka.TopicCosts, Key: wire.CostKey(p.Slot, node)})
			next[node] = nil
		}
	}
	if len(records) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, 2*p.Every)
	defer cancel()
	if err := p.Write(limited, records...); err != nil {
		return err
	}
	for node, c := range next {
		if c == nil {
			delete(p.told, node)
		} else {
			p.told[node] = *c
		}
	}
	return nil
}

// over reports whether a cost that is known no more is to be taken back: one that
// an earlier run has told is worth something until this one knows better.
func (p *Publisher) over(c *wire.Cost, now time.Time) bool {
	return now.Sub(c.Time) > Refresh || c.Time.After(now) || p.ledger.batches > halfLife/4
}

// noticeable reports whether a cost is worth to be told anew.
func noticeable(old, now *wire.Cost) bool {
	const (
		part  = 0.2 // of it
		grown = 4   // times as much evidence
	)
	differs := func(a, b float64) bool { return math.Abs(a-b) > part*max(a, b) }
	return differs(old.Nanos*old.Rows, now.Nanos*now.Rows) || differs(old.Rows, now.Rows) || differs(old.Kept, now.Kept) ||
		differs(float64(old.Nodes), float64(now.Nodes)) || now.Samples >= grown*old.Samples && now.Samples > 0 ||
		now.Time.Sub(old.Time) >= Refresh || old.Time.After(now.Time)
}
