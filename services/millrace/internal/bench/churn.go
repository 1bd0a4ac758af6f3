package bench

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
)

// changesPerSecond is how often queries come and go under the mix churn.
const changesPerSecond = 100

// churner adds and drops queries at random moments while workers work, as a
// scheduler does that reads the registry.
type churner struct {
	cell   *cell
	engine engine.Engine
	r      *rand.Rand
	in     []int // queries that are there
	out    []int // queries that are not

	quit chan struct{}
	done sync.WaitGroup

	changes int
	adds    []time.Duration
	err     error
}

// newChurner returns nil where the cell's queries stay. Beside them there are so many
// that may come.
func newChurner(c *cell, e engine.Engine, spare int) *churner {
	if !c.set.churns {
		return nil
	}
	ch := &churner{cell: c, engine: e, r: rand.New(rand.NewPCG(uint64(c.n), uint64(len(c.samples)))), quit: make(chan struct{})}
	for i := range c.n {
		ch.in = append(ch.in, i)
	}
	for i := c.n; i < len(c.set.plans) && len(ch.out) < spare; i++ {
		ch.out = append(ch.out, i)
	}
	return ch
}

func (ch *churner) start() {
	if ch == nil {
		return
	}
	ch.done.Go(func() {
		for ch.err == nil {
			wait := time.Duration(ch.r.ExpFloat64() * float64(time.Second) / changesPerSecond)
			select {
			case <-ch.quit:
				return
			case <-time.After(wait):
				ch.err = ch.change()
			}
		}
	})
}

func (ch *churner) stop() {
	if ch == nil {
		return
	}
	close(ch.quit)
	ch.done.Wait()
}

// change adds a query or drops one.
func (ch *churner) change() error {
	ch.changes++
	if len(ch.out) > 0 && (len(ch.in) == 0 || ch.r.IntN(2) == 0) {
		q, err := ch.cell.set.query(take(ch.r, &ch.out, &ch.in))
		if err != nil {
			return err
		}
		at := time.Now()
		if err := ch.engine.Add(q); err != nil {
			return err
		}
		err = ch.engine.Ready()
		ch.adds = append(ch.adds, time.Since(at))
		return err
	}
	q, err := ch.cell.set.query(take(ch.r, &ch.in, &ch.out))
	if err != nil {
		return err
	}
	ch.engine.Drop(q)
	return ch.engine.Ready()
}

// take moves a random number from one list to the other.
func take(r *rand.Rand, from, to *[]int) int {
	f := *from
	i := r.IntN(len(f))
	n := f[i]
	f[i] = f[len(f)-1]
	*from = f[:len(f)-1]
	*to = append(*to, n)
	return n
}
