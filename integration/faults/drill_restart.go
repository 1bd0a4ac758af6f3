package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"syscall"
	"time"

	"github.com/segmentio/encoding/json"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

// unique is the query of the drill with very many groups.
const unique = "SELECT id, count(*) AS n, sum(retweet_count) AS s FROM tweets GROUP BY id"

// million writes tweets whose ids are nearly unique, and knows what their groups
// come to: a tweet's count of retweets follows from its id.
type million struct {
	d      *drilling
	groups int         // ids from 1 on
	seen   map[int]int // ids that occurred more than once: how often
	writes int
}

func retweets(id int) int { return id % 97 }

// write writes tweets of these ids.
func (m *million) write(ctx context.Context, r *rand.Rand, ids []int) error {
	const batch, batches = 500, 8
	records := make([]kafka.Record, 0, batches)
	flush := func() error {
		if len(records) == 0 {
			return nil
		}
		err := m.d.producer.Produce(ctx, records...)
		records = records[:0]
		return err
	}
	for from := 0; from < len(ids); from += batch {
		some := ids[from:min(from+batch, len(ids))]
		lines := make([][]byte, len(some))
		for i, id := range some {
			lines[i] = fmt.Appendf(nil, `{"id":%d,"retweet_count":%d,"lang":"en","text":"one of many %x"}`, id, retweets(id), r.Uint32())
		}
		if records = append(records, batchOf(int32(m.writes%partitions), lines)); len(records) == batches {
			if err := flush(); err != nil {
				return err
			}
		}
		m.writes++
	}
	return flush()
}

// begin writes one tweet of every id, and a second one of some.
func (m *million) begin(ctx context.Context, r *rand.Rand) error {
	ids := make([]int, m.groups, m.groups+m.groups/10)
	for i := range ids {
		ids[i] = i + 1
	}
	ids = append(ids, m.again(r, m.groups/10)...)
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return m.write(ctx, r, ids)
}

// again chooses ids that have occurred.
func (m *million) again(r *rand.Rand, n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = 1 + r.IntN(m.groups)
		m.seen[ids[i]]++
	}
	return ids
}

// more writes tweets of some old and some new ids.
func (m *million) more(ctx context.Context, r *rand.Rand, n int) error {
	ids := m.again(r, n)
	for range n {
		m.groups++
		ids = append(ids, m.groups)
	}
	return m.write(ctx, r, ids)
}

// compare holds all rows in Redis against what is known.
func (m *million) compare(ctx context.Context) error {
	if n, err := m.d.store.client.HLen(ctx, results.RowsKey("unique", results.Window{})).Result(); err != nil {
		return err
	} else if n != int64(m.groups) {
		return fmt.Errorf("%d rows for %d groups", n, m.groups)
	}
	rows, err := m.d.reader.AllRows(ctx, "unique", results.Window{})
	if err != nil {
		return err
	}
	if len(rows) != m.groups {
		return fmt.Errorf("%d rows for %d groups", len(rows), m.groups)
	}
	for key, text := range rows {
		var row struct {
			ID int `json:"id"`
			N  int `json:"n"`
			S  int `json:"s"`
		}
		if err := json.Unmarshal(text, &row); err != nil {
			return fmt.Errorf("row %s: %w", text, err)
		}
		n := 1 + m.seen[row.ID]
		if row.ID < 1 || row.ID > m.groups || key != "["+strconv.Itoa(row.ID)+"]" || row.N != n || row.S != n*retweets(row.ID) {
			return fmt.Errorf("the row of %s is %s, expected n %d, s %d", key, text, n, n*retweets(row.ID))
		}
	}
	return nil
}

// checkpointed waits until checkpoints cover all that the exchange holds now.
func (d *drilling) checkpointed(ctx context.Context) error {
	ends, err := d.admin.Ends(ctx, kafka.TopicExchange)
	if err != nil {
		return err
	}
	return d.until(ctx, "checkpoints to cover the exchange", func() (bool, error) {
		at, err := d.admin.PeekGroupOffsets(ctx, kafka.GroupMerge, kafka.TopicExchange)
		for p, end := range ends {
			if err == nil && at[p] < end {
				err = fmt.Errorf("they cover %v of %v", sorted(at), sorted(ends))
			}
		}
		return err == nil, err
	})
}

// drillRestart kills all schedulers over very much state and starts them again,
// and then has Redis lose all of it.
func drillRestart(ctx context.Context, d *drilling) error {
	m := &million{d: d, groups: 1_000_000, seen: map[int]int{}}
	if d.hurry {
		m.groups /= 10
	}
	d.watch(ctx, false)
	records, err := submitted([]submission{{id: "unique", sql: unique, options: wire.Options{MaxGroups: 1_000_000, MaxResultBytes: 1 << 30}}})
	if err != nil {
		return err
	}
	if err := d.producer.Produce(ctx, records...); err != nil {
		return err
	}
	if err := d.until(ctx, "the query to be live", func() (bool, error) {
		facts, _, err := d.reader.Facts(ctx, "unique")
		return facts.Fields[results.FieldStatus] == results.StatusLive, err
	}); err != nil {
		return err
	}
	began := time.Now()
	if err := m.begin(ctx, d.rnd); err != nil {
		return err
	}
	if err := d.settled(ctx); err != nil {
		return err
	}
	d.report.say("%d groups taken in within %s", m.groups, time.Since(began).Round(100*time.Millisecond))
	var took []time.Duration
	for n := range d.count {
		if err := d.checkpointed(ctx); err != nil {
			return err
		}
		if err := m.compare(ctx); err != nil {
			d.journal.violation("before restart %d: %v", n+1, err)
			return nil
		}
		passed, err := d.restartAll(ctx, m)
		if err != nil {
			return err
		}
		took = append(took, passed)
		d.journal.note("restart %d: results were up to date after %s", n+1, passed.Round(10*time.Millisecond))
		if err := m.compare(ctx); err != nil {
			d.journal.violation("after restart %d: %v", n+1, err)
			return nil
		}
	}
	took = d.figures(fmt.Sprintf("kill -9 and start of all schedulers with %d groups, until results are up to date", m.groups), took)
	d.bound("longest", at(took, 1), 30*time.Second)
	return d.flushMillion(ctx, m)
}

// restartAll kills all schedulers and starts them again, while tweets come in.
func (d *drilling) restartAll(ctx context.Context, m *million) (time.Duration, error) {
	var downs errgroup.Group
	began := time.Now()
	for _, s := range d.fleet.schedulers[:schedulers] {
		downs.Go(func() error { s.down(syscall.SIGKILL, time.Minute); return nil })
	}
	if err := downs.Wait(); err != nil {
		return 0, err
	}
	if err := m.more(ctx, d.rnd, 1000); err != nil {
		return 0, err
	}
	if err := d.fleetOf(schedulers); err != nil {
		return 0, err
	}
	if err := d.settled(ctx); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// flushMillion has Redis lose everything, and measures how long it takes until it
// is there again.
func (d *drilling) flushMillion(ctx context.Context, m *million) error {
	if err := d.calm(ctx); err != nil {
		return err
	}
	took, err := d.flushed(ctx, func() error { return m.compare(ctx) })
	if err != nil {
		return err
	}
	d.bound(fmt.Sprintf("after FLUSHALL all of %d rows are back", m.groups), took, 15*time.Second)
	return nil
}
