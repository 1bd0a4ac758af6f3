package sim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// batch is what a producer writes to a partition in one request, by its epoch and
// its number within it: what arrives twice is known by that.
type batch struct {
	epoch  int
	number int
	last   int64 // offset, of what was written
}

// produce writes a batch, once however often it arrives, and returns the offset of
// its last record.
func (c *cluster) produce(id string, to *part, b batch, es []entry) (int64, error) {
	if b.epoch != c.producer(id).epoch {
		return 0, errFenced
	}
	if last, again, err := to.repeats(id, b); again || err != nil {
		if again {
			c.w.count("batch that arrived before")
		}
		return last, err
	}
	t, err := c.begin(id, b.epoch)
	if err != nil {
		return 0, err
	}
	if _, ok := to.open[t]; !ok {
		to.open[t] = to.end()
		t.parts = append(t.parts, to)
	}
	return to.write(t, b, es), nil
}

// repeats reports whether the batch was written before, and its last offset then.
func (p *part) repeats(id string, b batch) (last int64, again bool, err error) {
	before := p.batches[id]
	if before.epoch != b.epoch {
		before = batch{epoch: b.epoch}
	}
	switch b.number {
	case before.number:
		return before.last, true, nil
	case before.number + 1:
		return 0, false, nil
	default:
		return 0, false, errOrder
	}
}

func (p *part) write(t *transaction, b batch, es []entry) int64 {
	for _, e := range es {
		e.txn, e.at = t, time.Now()
		p.entries = append(p.entries, &e)
	}
	b.last = p.end() - 1
	p.batches[t.id] = b
	return b.last
}

// commitOffsets adds offsets of the group to the transaction, if the member still
// is one of the generation.
func (c *cluster) commitOffsets(id string, epoch int, g *group, member string, generation int, offsets map[int32]int64) error {
	t, err := c.begin(id, epoch)
	if err != nil {
		return err
	}
	if generation != g.generation || g.members[member] == nil {
		return errGeneration
	}
	for _, p := range slices.Sorted(maps.Keys(offsets)) { // a broker takes them, whoever owns the partition
		if !slices.Contains(g.members[member].assigned, p) {
			c.w.violated("%s commits an offset of %s partition %d, which is another's in this generation", member, g.name, p)
		}
	}
	t.offsets[g] = maps.Clone(offsets)
	g.pending[t] = true
	return nil
}

// end decides the open transaction; deciding the same again changes nothing.
func (c *cluster) end(id string, epoch int, commit bool, decide func(*transaction)) error {
	p := c.producer(id)
	if epoch != p.epoch {
		return errFenced
	}
	switch t := p.current; {
	case t == nil, t.decided && t.commit == commit:
		return nil
	case t.decided:
		return errState
	}
	p.current.decide = decide
	c.conclude(p.current, commit)
	return nil
}

// request is one that arrives when its sender takes it for lost, or is dead.
type request struct {
	kind   string
	what   string
	due    int // step
	arrive func() error
}

// delay lets a request be late, if the schedule says so. What it is about is the
// transaction that its sender thought to be in: brokers give a producer a new epoch
// with every transaction that it ends (KIP-890), of which it hears with their answer,
// and refuse what is of an earlier one.
func (c *cluster) delay(s *session, what string, arrive func() error) {
	if !c.w.chance(3) {
		return
	}
	p, epoch, ended := c.producer(s.id), s.epoch, s.ended
	r := request{kind: strings.Trim(strings.Fields(what)[0], ","), what: s.p.name + " " + s.g.name + " " + what}
	r.due = c.w.step + c.w.rng.IntN([]int{20, 400}[c.w.rng.IntN(2)]) // before its sender's successor is there, or after
	r.arrive = func() error {
		if p.epoch != epoch || p.ended != ended {
			return errFenced
		}
		err := arrive()
		if p.ended != ended {
			c.w.count("transaction ended by a late request")
		}
		return err
	}
	c.late = append(c.late, r)
}

// arrive lets a late request arrive, if it is time for one.
func (c *cluster) arrive() {
	i := slices.IndexFunc(c.late, func(r request) bool { return r.due <= c.w.step })
	if i < 0 {
		return
	}
	r := c.late[i]
	c.late = slices.Delete(c.late, i, i+1)
	err := r.arrive()
	if err != nil {
		c.w.count("late request that was refused: " + r.kind)
	} else {
		c.w.count("late request: " + r.kind)
	}
	c.w.note("LATE: %s: %v", r.what, err)
}
