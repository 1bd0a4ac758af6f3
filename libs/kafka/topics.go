package kafka

import (
	"slices"
	"strconv"
	"time"
)

// The topics of the pipeline.
const (
	TopicFiles       = "millrace.files"        // file identity → progress
	TopicTweets      = "millrace.tweets"       // none → 1..n documents
	TopicQueries     = "millrace.queries"      // query id → submission, null = drop
	TopicRegistry    = "millrace.registry"     // q/ID, s/STREAM, v/VIEW → definition
	TopicStatus      = "millrace.status"       // query id → transition
	TopicExchange    = "millrace.exchange"     // none → delta block or seal
	TopicCheckpoints = "millrace.checkpoints"  // state key → state
	TopicCosts       = "millrace.costs"        // node, partition → rows, ns, bytes
	TopicDeadLetters = "millrace.dead-letters" // source → what could not be read
)

// Layout is what a deployment may choose about its topics. Partition counts are
// those of the topics as first made; others are refused by [Ensure].
type Layout struct {
	Partitions         int32         // of tweets, and of each of Streams; 0: 8
	Streams            []string      // topics of further streams, which are kept as the tweets are
	ExchangePartitions int32         // of exchange and checkpoints; 0: 8
	ReplicationFactor  int16         // 0: the broker's default
	TweetsRetention    time.Duration // how long tweets are kept; 0: 7 days, < 0: no limit
	TweetsBytes        int64         // how many bytes of a tweets partition are kept; 0: no limit
	MaxMessageBytes    int           // largest record batch; 0: DefaultMaxRecordBytes
}

// With returns the layout with one more stream's topic, unless it is in it.
func (l Layout) With(name string) Layout {
	if slices.ContainsFunc(l.table(), func(t topic) bool { return t.name == name }) {
		return l
	}
	l.Streams = append(slices.Clip(l.Streams), name)
	return l
}

// Defaults of a [Layout].
const (
	DefaultPartitions         = 8
	DefaultExchangePartitions = 8
	DefaultTweetsRetention    = 7 * 24 * time.Hour
)

const (
	week        = 7 * 24 * time.Hour
	segmentSize = 64 << 20
)

// topic is one row of the table of topics.
type topic struct {
	name       string
	partitions int32
	compacted  bool
	retention  time.Duration // of a topic that is not compacted; < 0: no limit
	bytes      int64         // of a partition; 0: no limit
	flag       string        // the setting that chooses the partitions, if one does
}

// AllTopics returns the names of all topics of the pipeline.
func AllTopics() []string {
	var names []string
	for _, t := range (Layout{}).table() {
		names = append(names, t.name)
	}
	return names
}

// The consumer groups of the pipeline.
const (
	GroupScan        = "millrace-scan"         // over the tweets; for others see ScanGroup
	GroupMerge       = "millrace-merge"        // over the exchange
	GroupQueryParser = "millrace-query-parser" // over the queries
)

// table is the one place where topics and their settings are written down.
func (l Layout) table() []topic {
	p, e := l.Partitions, l.ExchangePartitions
	if p == 0 {
		p = DefaultPartitions
	}
	if e == 0 {
		e = DefaultExchangePartitions
	}
	tweets := l.TweetsRetention
	if tweets == 0 {
		tweets = DefaultTweetsRetention
	}
	table := []topic{
		{name: TopicFiles, partitions: 1, compacted: true},
		{name: TopicTweets, partitions: p, retention: tweets, bytes: l.TweetsBytes, flag: "--partitions"},
		{name: TopicQueries, partitions: 1, retention: week},
		{name: TopicRegistry, partitions: 1, compacted: true},
		{name: TopicStatus, partitions: 1, retention: week},
		{name: TopicExchange, partitions: e, retention: -1, flag: "--exchange-partitions"},
		{name: TopicCheckpoints, partitions: e, compacted: true, flag: "--exchange-partitions"},
		{name: TopicCosts, partitions: 1, compacted: true},
		{name: TopicDeadLetters, partitions: 1, retention: week},
	}
	for _, name := range l.Streams {
		table = append(table, l.stream(name))
	}
	return table
}

// stream is the row of a further stream's topic: as that of the tweets.
func (l Layout) stream(name string) topic {
	l.Streams = nil
	rows := l.table()
	t := rows[slices.IndexFunc(rows, func(t topic) bool { return t.name == TopicTweets })]
	t.name = name
	return t
}

// settings are the topic's configuration as Kafka names it.
func (t topic) settings(l Layout, embedded bool) map[string]*string {
	size := l.MaxMessageBytes
	if size == 0 {
		size = DefaultMaxRecordBytes
	}
	s := map[string]string{"max.message.bytes": strconv.Itoa(size)}
	if t.compacted {
		s["cleanup.policy"] = "compact"
		s["segment.bytes"] = strconv.Itoa(segmentSize)
		if !embedded { // never compacts, and does not know the setting
			s["min.cleanable.dirty.ratio"] = "0.1"
		}
		s["delete.retention.ms"] = millis(24 * time.Hour)
		s["retention.ms"] = "-1"
	} else {
		s["cleanup.policy"] = "delete"
		s["retention.ms"] = millis(t.retention)
		s["retention.bytes"] = "-1"
		if t.retention < 0 {
			// DeleteRecords gives back whole segments only.
			s["segment.bytes"] = strconv.Itoa(segmentSize)
		} else if t.retention < week {
			s["segment.ms"] = millis(max(t.retention/8, 10*time.Minute))
		}
		if t.bytes > 0 {
			s["retention.bytes"] = strconv.FormatInt(t.bytes, 10)
			s["segment.bytes"] = strconv.FormatInt(min(max(t.bytes/8, 1<<20), 1<<30), 10)
		}
	}
	if l.ReplicationFactor >= 3 {
		s["min.insync.replicas"] = "2"
	}
	out := make(map[string]*string, len(s))
	for k, v := range s {
		out[k] = &v
	}
	return out
}

func millis(d time.Duration) string {
	if d < 0 {
		return "-1"
	}
	return strconv.FormatInt(d.Milliseconds(), 10)
}
