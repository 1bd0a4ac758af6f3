package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/results"
)

// Watcher looks at what is visible while it changes: it listens to the change
// channels of all queries, and reads their rows again and again. [Watcher.Check]
// judges what it has seen once it is known which definition had which epoch.
type Watcher struct {
	sys    *System
	reader *results.Reader
	pubsub *redis.PubSub
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex
	seen     map[sight]span
	clock    int64            // counts the rows seen
	epochs   map[string]int64 // per id, of the newest message
	back     []string         // what went back
	messages int
	reads    int
}

// sight is a row seen at a time when the query's epoch was between two.
type sight struct {
	id          string
	least, most int64
	columns     string
	how         string
}

// Watch starts a Watcher over n ids as [Script.Step] calls them.
func Watch(ctx context.Context, sys *System, ids []string) (*Watcher, error) {
	w := &Watcher{sys: sys, reader: results.NewReader(sys.Redis), seen: map[sight]span{}, epochs: map[string]int64{}}
	w.pubsub = sys.Redis.PSubscribe(ctx, results.ChangesChannel("*"))
	if _, err := w.pubsub.Receive(ctx); err != nil {
		return nil, errors.Join(err, w.pubsub.Close())
	}
	running, cancel := context.WithCancel(sys.Context())
	w.cancel = cancel
	for _, run := range []func(context.Context) error{w.listen, func(ctx context.Context) error { return w.look(ctx, ids) }} {
		w.wg.Go(func() {
			if err := run(running); err != nil && running.Err() == nil {
				sys.fail(fmt.Errorf("watch: %w", err))
			}
		})
	}
	return w, nil
}

// Stop ends it.
func (w *Watcher) Stop() error {
	w.cancel()
	err := w.pubsub.Close()
	w.wg.Wait()
	return err
}

func (w *Watcher) listen(ctx context.Context) error {
	prefix, suffix, _ := strings.Cut(results.ChangesChannel("*"), "*")
	for {
		m, err := w.pubsub.ReceiveMessage(ctx)
		if err != nil {
			return err
		}
		c, err := results.ParseChange(m.Payload)
		if err != nil {
			return err
		}
		if err := w.message(strings.TrimSuffix(strings.TrimPrefix(m.Channel, prefix), suffix), &c); err != nil {
			return err
		}
	}
}

func (w *Watcher) message(id string, c *results.Change) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages++
	if was, ok := w.epochs[id]; ok && was > c.Epoch {
		w.back = append(w.back, fmt.Sprintf("query %s: a change of epoch %d came after one of epoch %d", id, c.Epoch, was))
	}
	w.epochs[id] = c.Epoch
	at := sight{id: id, least: c.Epoch, most: c.Epoch, how: "told"}
	for _, r := range c.Rows {
		if err := w.row(at, r.Row); err != nil {
			return err
		}
	}
	for _, e := range c.Log {
		if err := w.row(at, e.Row); err != nil {
			return err
		}
	}
	for _, e := range c.Top {
		if err := w.ranked(at, e); err != nil {
			return err
		}
	}
	return nil
}

func (w *Watcher) ranked(at sight, elem json.RawMessage) error {
	var r struct {
		Row json.RawMessage `json:"row"`
	}
	if err := json.Unmarshal(elem, &r); err != nil {
		return err
	}
	return w.row(at, r.Row)
}

// row notes a row; null is one that left.
func (w *Watcher) row(at sight, row json.RawMessage) error {
	if len(row) == 0 || string(row) == "null" {
		return nil
	}
	names, err := columnsIn(row)
	if err != nil {
		return fmt.Errorf("row %s of query %s: %w", row, at.id, err)
	}
	at.columns = names
	w.clock++
	when, again := w.seen[at]
	if !again {
		when.from = w.clock
	}
	when.to = w.clock
	w.seen[at] = when
	return nil
}

// columnsIn names a row's columns, in their order.
func columnsIn(row json.RawMessage) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(row))
	if _, err := dec.Token(); err != nil {
		return "", err
	}
	var names []string
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return "", err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return "", err
		}
		names = append(names, fmt.Sprint(name))
	}
	return strings.Join(names, ","), nil
}

// lookPause leaves room for others between two looks.
const lookPause = 3 * time.Millisecond

// look reads one query after another.
func (w *Watcher) look(ctx context.Context, ids []string) error {
	last := map[string]int64{}
	for i := 0; ; i++ {
		id := ids[i%len(ids)]
		before, err := w.epoch(ctx, id, math.MinInt64)
		if err != nil {
			return err
		}
		rows, err := w.read(ctx, id)
		if err != nil {
			return err
		}
		after, err := w.epoch(ctx, id, math.MinInt64)
		if err != nil {
			return err
		}
		w.mu.Lock()
		w.reads++
		if was, ok := last[id]; ok && before < was {
			w.back = append(w.back, fmt.Sprintf("query %s: epoch %d was read after epoch %d", id, before, was))
		}
		last[id] = after
		for _, r := range rows {
			if err = w.row(sight{id: id, least: before, most: after, how: "read"}, r); err != nil {
				break
			}
		}
		w.mu.Unlock()
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookPause):
		}
	}
}

func (w *Watcher) epoch(ctx context.Context, id string, none int64) (int64, error) {
	epoch, ok, err := w.reader.Epoch(ctx, id)
	if err == nil && !ok {
		return none, nil
	}
	return epoch, err
}

// few is how many rows of each kind a look reads.
const few = 20

// read reads some rows of a query, wherever they may lie.
func (w *Watcher) read(ctx context.Context, id string) (rows []json.RawMessage, err error) {
	windows, err := w.reader.Windows(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, win := range append(windows[max(0, len(windows)-2):], results.Window{}) {
		page, _, err := w.reader.Rows(ctx, id, win, 0, few)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			rows = append(rows, r.Value)
		}
		top, err := w.reader.Top(ctx, id, win, 0, few)
		if err != nil {
			return nil, err
		}
		for _, e := range top {
			var r struct {
				Row json.RawMessage `json:"row"`
			}
			if err := json.Unmarshal(e, &r); err != nil {
				return nil, err
			}
			rows = append(rows, r.Row)
		}
	}
	entries, err := w.reader.LogTail(ctx, id, few)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		rows = append(rows, e.Row)
	}
	return rows, nil
}

// Seen returns how many messages came and how many reads were made, and how many
// different sights of rows they gave.
func (w *Watcher) Seen() (messages, reads, sights int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.messages, w.reads, len(w.seen)
}
