package wire_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/wire"
)

// random makes valid messages.
type random struct{ *rand.Rand }

func newRandom(seed uint64) *random { return &random{rand.New(rand.NewPCG(seed, 3))} }

func (r *random) maybe() bool { return r.IntN(2) == 0 }

func (r *random) text() string {
	return []string{"x", "", "<a & b>", "水車 🌾", "\"quoted\"\n\t\\", strings.Repeat("ü", 50), "\u2028\x00"}[r.IntN(7)]
}

func (r *random) some() string { return "s" + r.text() }

func (r *random) hash() string {
	var b strings.Builder
	for range 64 {
		b.WriteByte("0123456789abcdef"[r.IntN(16)])
	}
	return b.String()
}

func (r *random) number() int64 { return r.Int64() >> r.IntN(64) }

func (r *random) time() time.Time {
	return time.Unix(r.Int64N(250000000000), r.Int64N(1e9)).UTC()
}

func (r *random) id() string { return fmt.Sprintf("Q.%d_-", r.Uint32()) }

func (r *random) labels() map[string]string {
	if r.maybe() {
		return nil
	}
	return map[string]string{r.some(): r.text(), "b": r.text()}
}

func (r *random) options() (o wire.Options) {
	if r.maybe() {
		return o
	}
	return wire.Options{
		History: r.maybe(), Retention: wire.Duration(r.number()), Grace: wire.Duration(r.number()),
		MaxGroups: r.number(), MaxRowsPerSecond: r.number(), MaxResultBytes: r.number(), MaxStateBytes: r.number(),
	}
}

func (r *random) fileProgress() message {
	p := &wire.FileProgress{
		Version: 1, Path: r.some(), Inode: r.Uint64(), Hash: r.hash(), HashLen: r.number(), Generation: r.number(),
		Offset: r.number(), Size: r.number(), Open: r.maybe(), Done: r.maybe(), Failed: r.text(),
	}
	p.Lines = r.Int64N(p.Offset/2 + 1)
	if r.maybe() {
		p.Format = wire.Formats()[r.IntN(len(wire.Formats()))]
	}
	if p.Format == "json" && r.maybe() {
		p.State = wire.States()[r.IntN(len(wire.States()))]
	}
	if r.maybe() {
		p.Tail = r.hash()
	}
	if r.maybe() {
		at := r.time()
		p.Missing = &at
	}
	return p
}

func (r *random) registry() message {
	m := &wire.Registry{
		Version: 1, ID: r.id(), Epoch: r.number(), Owner: r.text(), Labels: r.labels(), Options: wire.Settings{LogRows: r.number()}.With(r.options()),
		SQL: r.some(), Plan: []byte(r.some()), Submitted: r.time(),
	}
	if r.maybe() {
		reason := r.some()
		m.Failed = &reason
	}
	return m
}

func (r *random) name() string { return fmt.Sprintf("n_%d", r.Uint32()) }

func (r *random) stream() message {
	s := &wire.Stream{
		Version: 1, Name: r.name(), Epoch: r.number(), SQL: r.some(), Topic: r.some(), TopicID: r.hash()[:22],
		Partitions: 1 + r.Int32N(5), Owner: r.text(), Submitted: r.time(),
	}
	for range s.Partitions {
		s.From = append(s.From, r.number())
	}
	return s
}

func (r *random) view() message {
	return &wire.View{Version: 1, Name: r.name(), Epoch: r.number(), SQL: r.some(), Owner: r.text(), Submitted: r.time()}
}

func (r *random) status() message {
	all := []wire.Transition{
		wire.Accepted, wire.Rejected, wire.CatchingUp, wire.Live, wire.Completed, wire.Paused, wire.Dropped, wire.Failed,
	}
	s := &wire.Status{
		Version: 1, ID: r.id(), Epoch: r.number(), Transition: all[r.IntN(len(all))], Time: r.time(),
		Message: r.some(), Expected: r.text(), Found: r.text(), Hint: r.text(), Excerpt: r.text(),
	}
	if r.maybe() {
		s.Position, s.Line, s.Column = r.IntN(1000), 1+r.IntN(10), 1+r.IntN(100)
	}
	if slices.Contains([]wire.Transition{wire.Accepted, wire.Rejected, wire.Dropped}, s.Transition) && r.maybe() {
		s.ID, s.Object = r.name(), []wire.Object{wire.ObjectStream, wire.ObjectView}[r.IntN(2)]
	}
	if s.Transition == wire.Rejected && r.maybe() {
		s.ID = r.text()
	}
	return s
}

func (r *random) cost() message {
	return &wire.Cost{
		Version: 1, Slot: int32(r.IntN(100)), Node: r.hash()[:32], Kind: wire.CostKinds()[r.IntN(len(wire.CostKinds()))], Sum: r.maybe(), Stream: r.some(),
		Time: r.time(), Nanos: r.ExpFloat64() * 100, Rows: r.Float64(), Samples: r.number(), Kept: r.Float64(), Nodes: r.number(),
	}
}

func (r *random) deadLetter() message {
	d := &wire.DeadLetter{
		Version: 1, Source: r.some(), File: r.text(), Offset: r.number(), Line: r.number(), Byte: r.number(), SHA256: r.hash(),
		Reason: r.some(), Data: []byte(r.text()),
	}
	d.Length = int64(len(d.Data)) + r.Int64N(1<<40)
	return d
}

func (r *random) submission() wire.Submission {
	if r.IntN(5) == 0 {
		return wire.Submission{Kind: wire.SubmitFail, Fail: wire.Fail{Epoch: r.number(), Reason: r.some()}}
	}
	return wire.Submission{Kind: wire.SubmitSQL, SQL: r.some(), Owner: r.text(), Labels: r.labels(), Options: r.options()}
}
