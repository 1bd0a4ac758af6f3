package costs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

const (
	dear    = "SELECT text, count(*) AS n FROM tweets WHERE text LIKE '%o%d%' GROUP BY text"
	cheap   = "SELECT source, count(*) AS n FROM tweets WHERE lang = 'de' GROUP BY source"
	counted = "SELECT count(*) AS n FROM tweets WHERE lang = 'fr'"
	rest    = "SELECT id FROM tweets WHERE text CONTAINS 'word1' AND NOT is_retweet"
)

// mill scans generated posts.
type mill struct {
	t       *testing.T
	catalog *catalog.Catalog
	builder *build.Builder
	sampler *scan.Sampler
	partial *scan.Partial
	posts   int
}

func newMill(t *testing.T, queries ...string) *mill {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	m := &mill{t: t, catalog: c, builder: build.NewBuilder(c), sampler: scan.NewSampler(nil)}
	for i, q := range queries {
		root, err := sql.Compile(q, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.builder.Add(fmt.Sprint("q", i), root); err != nil {
			t.Fatal(err)
		}
	}
	m.partial = scan.NewPartial(m.builder.Program())
	m.partial.Sample(m.sampler)
	return m
}

// scan adds 32 batches of 200 posts, and writes blocks after each four.
func (m *mill) scan() *scan.Samples {
	m.t.Helper()
	p := m.builder.Program()
	d, err := p.Decoder("tweets")
	if err != nil {
		m.t.Fatal(err)
	}
	b := record.NewBatch(p.Schema("tweets"))
	for i := range 32 {
		b.Reset()
		for range 200 {
			m.posts++
			lang := []string{"en", "en", "en", "fr", "de", "ja", "es", "pt", "it", "nl"}[m.posts%10]
			post := fmt.Sprintf(`{"id":%d,"lang":%q,"source":"s%d","text":"some words of post word%d, and more of them"}`, m.posts, lang, m.posts%3, m.posts%20)
			var bad *jsonscan.DocumentError
			if err := d.Decode([]byte(post), b); errors.As(err, &bad) || err != nil {
				m.t.Fatal(err)
			}
		}
		m.partial.Add(b)
		if i%4 == 3 {
			m.partial.Blocks(1, 2, 1<<20)
			m.partial.Reset(p)
		}
	}
	return m.sampler.Take()
}

// node returns the id of a query's node of a kind.
func (m *mill) node(query string, kind share.Kind) string {
	m.t.Helper()
	root, err := sql.Compile(query, m.catalog)
	if err != nil {
		m.t.Fatal(err)
	}
	shape, err := share.Decompose(root)
	if err != nil {
		m.t.Fatal(err)
	}
	there, err := m.builder.Shared().Prepare(shape)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, n := range there.Reused {
		if n.Kind == kind {
			return n.ID.String()
		}
	}
	m.t.Fatalf("%s has no %s", query, kind)
	return ""
}

func byNode(costs []wire.Cost) map[string]wire.Cost {
	all := map[string]wire.Cost{}
	for _, c := range costs {
		all[c.Node] = c
	}
	return all
}

// After some batches there are costs of what was scanned: rows as they are in the
// posts, and sums that add up to what batches take.
func TestLedger(t *testing.T) {
	m := newMill(t, dear, cheap, counted, rest)
	l := NewLedger()
	for range 20 {
		l.Add(m.scan())
	}
	now := time.Unix(1_800_000_000, 0).UTC()
	all := byNode(l.Report(3, now, 100, l.Follow(m.builder.Program(), 100)))
	for _, c := range all {
		if b, err := c.Marshal(); err != nil {
			t.Errorf("%s: %v", b, err)
		}
		if c.Slot != 3 || !c.Time.Equal(now) {
			t.Errorf("%+v", c)
		}
	}
	about := func(what string, got, want float64) {
		t.Helper()
		if got < want/1.5 || got > 1.5*want {
			t.Errorf("%s: %v, want about %v", what, got, want)
		}
	}
	kept := func(query string) float64 { return all[m.node(query, share.SelectionNode)].Kept }
	about("counted", kept(counted), 0.1)
	about("cheap", kept(cheap), 0.1)
	about("dear", kept(dear), 1)
	about("rest", kept(rest), 0.55) // word1, word10 to word19
	if c := all[m.node(counted, share.SelectionNode)]; c.Samples != 0 || c.Nanos != 0 {
		t.Errorf("only counted: %+v", c)
	}
	about("rows of the pattern", all[m.node(dear, share.AtomNode)].Rows, 1)
	about("rows of the equality", all[m.node(cheap, share.GroupingNode)].Rows, 0.1)
	d, c := all[m.node(dear, share.GroupingNode)], all[m.node(cheap, share.GroupingNode)]
	if d.Samples == 0 || c.Samples == 0 || d.Nanos*d.Rows < 2*c.Nanos*c.Rows {
		t.Errorf("dear %+v\ncheap %+v", d, c)
	}
	if f := all[scan.SumID(scan.SampleFlush, "tweets").String()]; f.Nodes < 3 || f.Nodes > 6 || f.Nanos <= 0 {
		t.Errorf("flush: %+v", f)
	}
}

// What a document takes is what its parts take together. The computer may do
// something else between two parts, but not each time.
func TestLedgerAddsUp(t *testing.T) {
	m := newMill(t, dear, cheap, counted, rest)
	var total, sums float64
	for range 10 {
		l := NewLedger()
		for range 5 {
			l.Add(m.scan())
		}
		total, sums = 0, 0
		for _, c := range l.Report(0, time.Now(), 100, l.Follow(m.builder.Program(), 100)) {
			switch {
			case c.Kind == wire.CostTotal:
				total = c.Nanos
			case c.Sum || c.Kind == wire.CostCount:
				sums += c.Nanos * c.Rows
			}
		}
		if total > 0 && sums > total/2 && sums < 1.5*total {
			return
		}
	}
	t.Errorf("a document takes %v ns, by its parts %v", total, sums)
}

// Costs follow the input, not more slowly for all that was before.
func TestLedgerForgets(t *testing.T) {
	l := NewLedger()
	m := newMill(t, cheap)
	program := m.builder.Program()
	id := program.Streams[0].Indexes[0].ID
	sample := func(nanos, rows int64) {
		l.Add(&scan.Samples{Batches: 1, Documents: 100, Nanos: nanos, All: []scan.Sample{
			{ID: id, Kind: scan.SampleIndex, Weight: 1, Nanos: nanos, Rows: rows, Nodes: 1},
		}})
	}
	cost := func() wire.Cost { return byNode(l.Report(0, time.Now(), 10, l.Follow(program, 10)))[id.String()] }
	for range 10_000 {
		sample(1000, 100)
	}
	if c := cost(); c.Nanos != 10 || c.Rows != 1 || c.Samples != 1_000_000 {
		t.Errorf("%+v", c)
	}
	sample(1_000_000_000, 100) // the computer did something else
	if c := cost(); c.Nanos > 15 {
		t.Errorf("%+v", c)
	}
	for range int(4 * halfLife) {
		sample(4000, 50)
	}
	if c := cost(); c.Nanos < 60 || c.Nanos > 80 || c.Rows < 0.5 || c.Rows > 0.6 {
		t.Errorf("%+v", c)
	}
	// What is in no program is forgotten.
	if l.Follow(newMill(t, "SELECT count(*) FROM tweets").builder.Program(), 10); len(l.entries) != 0 {
		t.Errorf("%d entries", len(l.entries))
	}
}

func TestLedgerIsBounded(t *testing.T) {
	l := NewLedger()
	s := &scan.Samples{Batches: 1, Documents: 100, Nanos: 1, All: make([]scan.Sample, 3*mostEntries)}
	for i := range s.All {
		x := &s.All[i]
		x.Kind, x.Weight, x.Nanos, x.Rows = scan.SampleSelection, 1, int64(i%1000), 1
		x.ID[0], x.ID[1], x.ID[2], x.ID[3] = byte(i), byte(i>>8), byte(i>>16), 1
	}
	s.All[0].Nanos = 1 << 40
	l.Add(s)
	if n := len(l.entries); n > mostEntries || n < mostEntries/4 || l.entries[s.All[0].ID] == nil {
		t.Errorf("%d entries", n)
	}
}

// topic is millrace.costs, compacted.
type topic struct {
	records map[string]kafka.Record
	written int
	err     error
}

func (k *topic) write(_ context.Context, records ...kafka.Record) error {
	if k.err != nil {
		return k.err
	}
	k.written += len(records)
	for _, r := range records {
		if r.Value == nil {
			delete(k.records, string(r.Key))
		} else {
			k.records[string(r.Key)] = r
		}
	}
	return nil
}

func (k *topic) read(_ context.Context, each func(*kafka.Record) error) error {
	for _, r := range k.records {
		if err := each(&r); err != nil {
			return err
		}
	}
	return nil
}

// costs reads what the topic holds.
func (k *topic) costs(t *testing.T) map[string]wire.Cost {
	t.Helper()
	all := map[string]wire.Cost{}
	for key, r := range k.records {
		var c wire.Cost
		if err := c.Unmarshal(r.Value); err != nil || string(wire.CostKey(c.Slot, c.Node)) != key {
			t.Errorf("%s %s: %v", key, r.Value, err)
		}
		all[c.Node] = c
	}
	return all
}

func TestPublisher(t *testing.T) {
	m := newMill(t, dear, cheap, counted)
	k := &topic{records: map[string]kafka.Record{}}
	now := time.Unix(1_800_000_000, 0).UTC()
	start := func() *Publisher {
		p := &Publisher{
			Slot: 2, Box: new(scan.Mailbox), Program: m.builder.Program, Read: k.read, Write: k.write, Clock: daemon.RealClock{}, Log: slog.New(slog.DiscardHandler),
			Every: DefaultEvery, Most: 100, ledger: NewLedger(), told: map[string]wire.Cost{},
		}
		if err := p.Read(t.Context(), p.remember); err != nil {
			t.Fatal(err)
		}
		return p
	}
	tell := func(p *Publisher) int {
		t.Helper()
		before := k.written
		now = now.Add(p.Every)
		if err := p.tell(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		return k.written - before
	}
	work := func(p *Publisher, times int) {
		for range times {
			p.ledger.Add(m.scan())
		}
	}
	p := start()
	if n := tell(p); n != 0 {
		t.Errorf("%d costs of nothing", n)
	}
	work(p, 10)
	first := tell(p)
	if first < 8 || first > 20 || len(k.costs(t)) != first {
		t.Errorf("%d costs, %d are there", first, len(k.records))
	}
	if n := tell(p); n != 0 {
		t.Errorf("%d of %d told again, and nothing was scanned", n, first)
	}
	dearNode := m.node(dear, share.GroupingNode)

	// What was not told for long is told again; what could not be told later.
	now = now.Add(Refresh)
	k.err = errors.New("away")
	if err := p.tell(t.Context(), now); !errors.Is(err, k.err) {
		t.Errorf("%v", err)
	}
	k.err = nil
	if n := tell(p); n != first {
		t.Errorf("%d of %d told again", n, first)
	}

	// A dropped query takes its costs along; so does one that an earlier run told of.
	m.builder.Drop("q0")
	m.partial.Reset(m.builder.Program())
	k.records["2/"+strings.Repeat("ab", 16)] = kafka.Record{Key: []byte("2/" + strings.Repeat("ab", 16)), Value: []byte("junk")}
	k.records["3/"+strings.Repeat("cd", 16)] = kafka.Record{Key: []byte("3/" + strings.Repeat("cd", 16)), Value: []byte("another's")}
	p = start()
	for p.ledger.batches <= halfLife/4 {
		work(p, 1)
	}
	tell(p)
	if _, there := k.records["3/"+strings.Repeat("cd", 16)]; !there {
		t.Error("what another scheduler told was taken back")
	}
	delete(k.records, "3/"+strings.Repeat("cd", 16))
	left := k.costs(t)
	if _, there := left[dearNode]; there || len(left) < 5 || len(left) >= first {
		t.Errorf("%d of %d left, the dear one %t", len(left), first, there)
	}
}

// However many queries there are, a bounded number is told of, the dearest.
func TestPublisherIsBounded(t *testing.T) {
	queries := []string{dear}
	for i := range 300 {
		queries = append(queries, fmt.Sprintf("SELECT lang, count(*) AS n FROM tweets WHERE id = %d GROUP BY lang", i*7))
	}
	m := newMill(t, queries...)
	l := NewLedger()
	for range 20 {
		l.Add(m.scan())
	}
	const most = 20
	all := l.Report(0, time.Now(), most, l.Follow(m.builder.Program(), most))
	sums := 0
	for _, c := range all {
		if c.Sum || c.Kind == wire.CostScan || c.Kind == wire.CostCount || c.Kind == wire.CostFlush {
			sums++
		}
	}
	if len(all)-sums > most || sums < 5 {
		t.Errorf("%d costs, %d of them of many", len(all), sums)
	}
	if _, there := byNode(all)[m.node(dear, share.AtomNode)]; !there {
		t.Error("the dearest is not among them")
	}
}
