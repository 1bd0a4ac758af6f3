package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Time-outs as the scheduler has them on a real broker (design §2.12).
const (
	sessionTimeout     = 6 * time.Second
	transactionTimeout = 10 * time.Second
)

var (
	errFenced     = errors.New("a newer producer has the transactional id")
	errConcurrent = errors.New("the transaction before is still being completed")
	errGeneration = errors.New("not a member of this generation")
	errState      = errors.New("the transaction was ended otherwise")
	errOrder      = errors.New("a batch is missing before this one")
)

// entry is a record of a partition.
type entry struct {
	txn     *transaction // nil: written outside transactions
	control bool
	gone    bool // compacted away
	key     string
	value   []byte // nil: a tombstone
	kind    string // the exchange's header "type"
	lines   bool   // a batch of documents
	end     bool   // the end of input
	at      time.Time
	cleaned time.Time // a tombstone: when compaction met it first
}

// part is a partition.
type part struct {
	name    string
	start   int64
	reading int // restores on their way to the end
	entries []*entry
	open    map[*transaction]int64 // first offset
	batches map[string]batch       // per transactional id, the last
}

func newPart(format string, args ...any) *part {
	return &part{name: fmt.Sprintf(format, args...), open: map[*transaction]int64{}, batches: map[string]batch{}}
}

// end is the high watermark.
func (p *part) end() int64 { return int64(len(p.entries)) }

// stable is the last stable offset.
func (p *part) stable() int64 {
	at := p.end()
	for _, o := range p.open {
		at = min(at, o)
	}
	return at
}

// found is a record at its offset.
type found struct {
	*entry
	offset int64
}

// fetch returns at most n records of [from, last stable offset) that are control
// records or committed; false where from is below the log's start.
func (p *part) fetch(from int64, n int) ([]found, bool) {
	if from < p.start {
		return nil, false
	}
	var out []found
	for o, stable := from, p.stable(); o < stable && len(out) < n; o++ {
		e := p.entries[o]
		if e.control || !e.gone && (e.txn == nil || e.txn.commit) {
			out = append(out, found{e, o})
		}
	}
	return out, true
}

// transaction is one transaction of a producer. Decided, its markers are written
// one by one.
type transaction struct {
	id      string
	began   time.Time
	decided bool
	commit  bool
	done    bool
	owner   string  // stage and slot of who began it
	parts   []*part // whose marker is still to be written
	offsets map[*group]map[int32]int64
	decide  func(*transaction) // called when it is decided to commit
}

// producer is what the coordinator knows of a transactional id.
type producer struct {
	epoch   int
	owner   string
	current *transaction
	ended   int // transactions
}

// cluster is the brokers.
type cluster struct {
	w         *world
	tweets    []*part
	logs      []*part // of the stream that is declared and dropped
	registry  *part
	exchange  []*part
	saves     []*part  // the checkpoints
	letters   *part    // dead letters
	scans     []*group // of tweets, and of every declared stream that there was
	merging   *group
	producers map[string]*producer
	deciding  []*transaction
	late      []request // still under way, though nobody waits for them

	stuck      *part // gets no markers, as its broker is slow
	stuckUntil time.Time
}

func newCluster(w *world, tweets, logs, exchange int) *cluster {
	c := &cluster{w: w, registry: newPart("registry"), letters: newPart("letters"), producers: map[string]*producer{}}
	for i := range tweets {
		c.tweets = append(c.tweets, newPart("tweets-%d", i))
	}
	for i := range logs {
		c.logs = append(c.logs, newPart("logs-%d", i))
	}
	for i := range exchange {
		c.exchange = append(c.exchange, newPart("exchange-%d", i))
		c.saves = append(c.saves, newPart("checkpoints-%d", i))
	}
	c.scans = []*group{newGroup(w, "scan", tweets)}
	c.merging = newGroup(w, "merge", exchange)
	return c
}

func (c *cluster) producer(id string) *producer {
	if c.producers[id] == nil {
		c.producers[id] = &producer{}
	}
	return c.producers[id]
}

// initialize takes a transactional id over. errConcurrent says to try again: the
// transaction of the one before is being aborted.
func (c *cluster) initialize(id, owner string) (int, error) {
	p := c.producer(id)
	if t := p.current; t != nil && !t.done {
		if !t.decided {
			p.epoch++
			c.w.count("transaction ended by a successor")
			c.conclude(t, false)
		}
		return 0, errConcurrent
	}
	p.epoch++
	p.current, p.owner = nil, owner
	for _, other := range slices.Sorted(maps.Keys(c.producers)) {
		if t := c.producers[other].current; t != nil && !t.decided && t.owner == owner {
			c.w.violated("%s has begun anew, and its former transaction holds readers back until it times out", owner)
		}
	}
	return p.epoch, nil
}

// begin returns the producer's open transaction, a new one where there is none.
func (c *cluster) begin(id string, epoch int) (*transaction, error) {
	p := c.producer(id)
	if epoch != p.epoch {
		return nil, errFenced
	}
	if t := p.current; t != nil && t.decided {
		if !t.done {
			return nil, errConcurrent
		}
		p.current = nil
	}
	if p.current == nil {
		p.current = &transaction{id: id, owner: p.owner, began: time.Now(), offsets: map[*group]map[int32]int64{}}
	}
	return p.current, nil
}

func (c *cluster) conclude(t *transaction, commit bool) {
	t.decided, t.commit = true, commit
	c.producer(t.id).ended++
	if commit && t.decide != nil {
		t.decide(t)
	}
	c.deciding = append(c.deciding, t)
}

// marker writes one marker of one decided transaction.
func (c *cluster) marker() bool {
	if len(c.deciding) == 0 {
		return false
	}
	i := c.w.rng.IntN(len(c.deciding))
	t := c.deciding[i]
	n := len(t.parts) + len(t.offsets)
	if n > 0 {
		if j := c.w.rng.IntN(n); j < len(t.parts) {
			p := t.parts[j]
			if p == c.stuck && time.Now().Before(c.stuckUntil) {
				return false
			}
			p.entries = append(p.entries, &entry{control: true, at: time.Now()})
			delete(p.open, t)
			t.parts = slices.Delete(t.parts, j, j+1)
		} else {
			for g, offsets := range t.offsets { // one group only ever
				if t.commit {
					maps.Copy(g.committed, offsets)
				}
				delete(g.pending, t)
			}
			clear(t.offsets)
		}
	}
	if len(t.parts)+len(t.offsets) == 0 {
		t.done = true
		c.deciding = slices.Delete(c.deciding, i, i+1)
	}
	return true
}

// expire ends what has timed out: transactions, and members that do not beat.
func (c *cluster) expire() {
	now := time.Now()
	var late []string
	for id, p := range c.producers {
		if t := p.current; t != nil && !t.decided && now.Sub(t.began) > transactionTimeout {
			late = append(late, id)
		}
	}
	slices.Sort(late)
	for _, id := range late {
		c.w.note("transaction of %s timed out", id)
		c.w.count("transaction timed out")
		p := c.producers[id]
		p.epoch++
		c.conclude(p.current, false)
	}
	for _, g := range c.groups() {
		g.expire(now)
	}
}

// deliver tells one member of its group's newest assignment.
func (c *cluster) deliver() bool {
	var late []*member
	for _, g := range c.groups() {
		for _, id := range slices.Sorted(maps.Keys(g.members)) {
			if m := g.members[id]; m.told != g.generation && !m.proc.paused {
				late = append(late, m)
			}
		}
	}
	if len(late) == 0 {
		return false
	}
	late[c.w.rng.IntN(len(late))].hear()
	return true
}

// groups returns all groups.
func (c *cluster) groups() []*group { return append(slices.Clone(c.scans), c.merging) }

// members returns the ids of a group's members, in order.
func (c *cluster) members(g *group) []string { return slices.Sorted(maps.Keys(g.members)) }
