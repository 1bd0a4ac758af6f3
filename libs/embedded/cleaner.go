package embedded

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// cleaner compacts the log's compacted topics once they have grown enough.
//
// kfake's own cleaner takes records of an open transaction for the newest of their
// keys and removes the ones before; when the transaction is then aborted, the key
// is lost. So this one has it run only while no compacted partition holds anything
// of an open transaction, and nothing can come between looking and cleaning: in
// the hands of a control function, during which the log takes no other request.
type cleaner struct {
	log  *kfake.Cluster
	most int64 // bytes of growth

	mu     sync.Mutex
	topics []string // that are compacted, as they were made

	due     atomic.Bool  // a control function waits for a good moment
	cleaned atomic.Int64 // bytes that were left the last time
	runs    atomic.Int64
}

// newCleaner returns a cleaner that notes which topics are made.
func newCleaner(log *kfake.Cluster, most int64) *cleaner {
	c := &cleaner{log: log, most: most}
	log.ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if r, ok := req.(*kmsg.CreateTopicsRequest); ok {
			c.note(r)
		}
		return nil, nil, false // the log answers as ever
	})
	return c
}

func (c *cleaner) note(r *kmsg.CreateTopicsRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range r.Topics {
		for _, s := range t.Configs {
			if s.Name == "cleanup.policy" && s.Value != nil && strings.Contains(*s.Value, "compact") && !slices.Contains(c.topics, t.Topic) {
				c.topics = append(c.topics, t.Topic)
			}
		}
	}
}

// look has the log cleaned soon if that is worth it. It waits for the end of some
// transaction, without which compacted topics do not grow.
func (c *cleaner) look() {
	bytes, _ := c.state()
	if bytes < c.cleaned.Load()+c.most || c.due.Swap(true) {
		return
	}
	c.log.ControlKey(int16(kmsg.EndTxn), func(kmsg.Request) (kmsg.Response, error, bool) {
		if c.clean() {
			c.log.DropControl()
			c.due.Store(false)
		}
		return nil, nil, false // the log answers as ever
	})
}

// clean compacts, unless a transaction is in the way. It is called by a control
// function only.
func (c *cleaner) clean() bool {
	if _, open := c.state(); open {
		return false
	}
	c.log.Compact()
	bytes, _ := c.state()
	c.cleaned.Store(bytes)
	c.runs.Add(1)
	return true
}

// state returns how many bytes the compacted topics have, and whether any of them
// holds records of an open transaction.
func (c *cleaner) state() (bytes int64, open bool) {
	c.mu.Lock()
	topics := slices.Clone(c.topics)
	c.mu.Unlock()
	for _, topic := range topics {
		for _, p := range c.log.PartitionInfos(topic) {
			bytes += p.NumBytes
			open = open || p.LastStableOffset < p.HighWatermark
		}
	}
	return bytes, open
}
