package millrace

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// shownLetters is how many dead letters an Outcome has.
const shownLetters = 5

var errEnough = errors.New("enough")

// letters returns the first dead letters.
func (b *bounded) letters(ctx context.Context) ([]wire.DeadLetter, error) {
	admin, err := kafka.NewAdmin(b.stack.Kafka)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	var first []wire.DeadLetter
	err = admin.ReadAll(ctx, kafka.TopicDeadLetters, func(rec *kafka.Record) error {
		if rec.Control {
			return nil
		}
		var d wire.DeadLetter
		if err := d.Unmarshal(rec.Value); err != nil {
			return fmt.Errorf("dead letter at offset %d: %w", rec.Offset, err)
		}
		if first = append(first, d); len(first) == shownLetters {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return first, nil
}
