package scanlog

import (
	"context"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

const (
	// unknownSize stands in for the mean bytes per offset of a backlog of which
	// nothing could be read: more than any that was measured, so that scanning
	// rather pauses for a moment than fills the disks.
	unknownSize = 64 << 10
	// sampleWeight is how many offsets a sample of the backlog counts for beside
	// those that this process writes: about 20 s of a busy scan.
	sampleWeight = 4096
	// sizesWindow is of how many offsets the mean is taken. What is older counts
	// half, then a quarter, and so on.
	sizesWindow = 32768

	samplePatience = time.Second
)

// Sizes knows about how large the records of the exchange are, in bytes of value
// per offset: markers of transactions take an offset and no bytes. It learns from
// what is written here, and, where there is a backlog at the start, from a sample
// of that. The zero value knows nothing. It belongs to one goroutine at a time.
type Sizes struct {
	offsets, bytes float64
	begun          bool // it is known what was there at the start
}

func (s *Sizes) add(offsets, bytes int) {
	s.offsets += float64(offsets)
	s.bytes += float64(bytes)
	if s.offsets > sizesWindow {
		s.offsets /= 2
		s.bytes /= 2
	}
}

// mean returns the bytes per offset.
func (s *Sizes) mean() float64 {
	offsets, bytes := s.offsets, s.bytes
	if !s.begun {
		offsets, bytes = offsets+sampleWeight, bytes+sampleWeight*unknownSize
	}
	if offsets == 0 {
		return unknownSize
	}
	return bytes / offsets
}

// begin takes what a sample of the backlog says; it counts for so many offsets,
// none if there was no backlog.
func (s *Sizes) begin(offsets, mean float64) {
	s.begun = true
	s.offsets += offsets
	s.bytes += offsets * mean
}

// Backlog implements [scan.Log]. Kafka tells positions, not bytes: what is not
// checkpointed is counted in offsets and multiplied by their mean size (see
// [Sizes]). Brokers could tell the bytes that a topic takes on their disks
// (DescribeLogDirs), but those hold whole segments of deleted records too, are
// compressed, and may be asked for by few.
func (l *Log) Backlog(ctx context.Context) (int64, error) {
	ends, err := l.admin.Ends(ctx, kafka.TopicExchange)
	if err != nil {
		return 0, err
	}
	from, err := l.admin.Starts(ctx, kafka.TopicExchange)
	if err != nil {
		return 0, err
	}
	done, err := l.admin.PeekGroupOffsets(ctx, kafka.GroupMerge, kafka.TopicExchange)
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for p, end := range ends {
		from[p] = max(from[p], done[p])
		if from[p] >= end {
			delete(from, p)
			continue
		}
		total += end - from[p]
	}
	switch {
	case l.sizes.begun:
	case total == 0:
		l.sizes.begin(0, 0)
	default:
		if mean, ok := l.sample(ctx, from); ok {
			l.sizes.begin(sampleWeight, mean)
		}
	}
	return int64(float64(total) * l.sizes.mean()), nil
}

// sample reads the first fetch of the backlog of every partition and returns its
// bytes per offset. It fails where nothing can be read in time.
func (l *Log) sample(ctx context.Context, from map[int32]int64) (mean float64, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, samplePatience)
	defer cancel()
	r, err := kafka.NewReader(l.cfg, kafka.TopicExchange, from)
	if err != nil {
		return 0, false
	}
	defer r.Close()
	bytes, offsets := 0, int64(0)
	for waiting := true; waiting; {
		records, err := r.Poll(ctx)
		for i := range records {
			bytes += len(records[i].Value)
		}
		waiting, offsets = false, 0
		for p, start := range from {
			offsets += r.Position(p) - start
			waiting = waiting || r.Position(p) == start
		}
		if err != nil {
			break // the time is over: what was read by then will do
		}
	}
	return float64(bytes) / float64(max(offsets, 1)), offsets > 0
}
