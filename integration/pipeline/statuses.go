package pipeline

import (
	"context"
	"fmt"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Statuses reads what becomes of submissions, from the beginning of the status topic. It
// belongs to one goroutine.
type Statuses struct {
	Told []wire.Status // what it has read so far, in order

	reader *kafka.Reader
}

// ReadStatuses opens the status topic.
func ReadStatuses(cfg kafka.Config) (*Statuses, error) {
	r, err := kafka.NewReader(cfg, kafka.TopicStatus, map[int32]int64{0: 0})
	if err != nil {
		return nil, err
	}
	return &Statuses{reader: r}, nil
}

// Close lets go of the topic.
func (s *Statuses) Close() { s.reader.Close() }

// Until returns the first status that is the one that is wanted: of those told before, or
// of those that are still to come. It fails when ctx ends.
func (s *Statuses) Until(ctx context.Context, wanted func(*wire.Status) bool) (*wire.Status, error) {
	for i := 0; ; i++ {
		for i == len(s.Told) {
			if err := s.more(ctx); err != nil {
				return nil, err
			}
		}
		if wanted(&s.Told[i]) {
			return &s.Told[i], nil
		}
	}
}

// more reads what a poll brings, which may be nothing.
func (s *Statuses) more(ctx context.Context) error {
	records, err := s.reader.Poll(ctx)
	if err != nil {
		return fmt.Errorf("read on after %d statuses: %w", len(s.Told), err)
	}
	for i := range records {
		if records[i].Control {
			continue
		}
		var st wire.Status
		if err := st.Unmarshal(records[i].Value); err != nil {
			return fmt.Errorf("status record at offset %d: %w", records[i].Offset, err)
		}
		s.Told = append(s.Told, st)
	}
	return nil
}
