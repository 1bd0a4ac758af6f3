package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/results"
)

// loseTime is for how long after a loss messages from before it may be on their way.
const loseTime = 2 * time.Second

// watchChanges hears every change message: of a query, its epoch and a merge
// partition every change names the one before as its previous, and offsets never go
// back. Where Redis lost data, or the connection, the chain begins anew.
func (o *observer) watchChanges(ctx context.Context) error {
	for ctx.Err() == nil {
		sub := o.store.client.PSubscribe(ctx, results.ChangesChannel("*"))
		unhook := context.AfterFunc(ctx, func() { _ = sub.Close() }) // it would wait on
		for {
			msg, err := sub.ReceiveMessage(ctx)
			if err != nil {
				break
			}
			var c results.Change
			if json.Unmarshal([]byte(msg.Payload), &c) != nil {
				o.journal.violation("a change message is none: %.300s", msg.Payload)
				continue
			}
			if c.N > 0 { // else it is about no result
				o.changed(fmt.Sprintf("%s epoch %d partition %d", msg.Channel, c.Epoch, c.Partition), &c)
			}
		}
		unhook()
		_ = sub.Close()
		o.mu.Lock()
		clear(o.marks)
		o.mu.Unlock()
		ledger.Pause(ctx, 50*time.Millisecond)
	}
	return nil
}

// changed compares a change with the one before it.
func (o *observer) changed(key string, c *results.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.change++
	if time.Since(o.lostAt) < loseTime {
		return
	}
	was, known := o.marks[key]
	switch {
	case known && c.Offset < was:
		o.journal.violation("changes of %s went back from offset %d to %d", key, was, c.Offset)
	case known && c.Previous != was:
		o.journal.violation("a change of %s at offset %d names %d as the one before, which is %d", key, c.Offset, c.Previous, was)
	case known:
		o.chained++
	}
	o.marks[key] = c.Offset
}
