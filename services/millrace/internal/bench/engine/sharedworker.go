package engine

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// exchangePartitions is how many partitions blocks are written for: the default of
// the topic.
const exchangePartitions = 8

// sharedWorker does what the scan stage does between Kafka's answers.
type sharedWorker struct {
	engine   *shared
	programs *[]*scan.Program
	runs     []*run // by program
}

// run is a program with what one goroutine needs to run it.
type run struct {
	program *scan.Program
	decoder jsonscan.Decoder
	schema  *record.Schema
	batch   *record.Batch
	partial *scan.Partial
	unread  int // bytes that the batch was decoded from
}

// swap takes up the programs of the last Ready, as the stage does between two
// transactions.
func (w *sharedWorker) swap() error {
	next := w.engine.programs.Load()
	if next == w.programs {
		return nil
	}
	w.programs = next
	for i, p := range *next {
		if i == len(w.runs) {
			w.runs = append(w.runs, &run{partial: scan.NewPartial(p)})
		}
		if err := w.runs[i].take(p, w.engine.opts); err != nil {
			return err
		}
	}
	w.runs = w.runs[:len(*next)]
	return nil
}

// take makes p the run's program. The partial is empty.
func (r *run) take(p *scan.Program, o Options) error {
	if r.program == p {
		return nil
	}
	r.program = p
	r.partial.Reset(p)
	s, ok := p.Stream(o.Stream)
	if !ok {
		return fmt.Errorf("stream %s is not in the program", o.Stream)
	}
	if r.schema == s.Schema {
		return nil
	}
	var err error
	if r.decoder, err = decoder(s.Spec, o.Portable); err != nil {
		return err
	}
	r.schema, r.batch = s.Schema, record.NewBatch(s.Schema)
	return nil
}

func (w *sharedWorker) Add(value []byte, partition int32, offset int64) (int, error) {
	documents := 0
	for _, r := range w.runs {
		var err error
		if documents, err = decode(r.decoder, value, r.batch, partition, offset); err != nil {
			return 0, err
		}
		if r.unread += len(value); r.batch.Len >= scan.BatchRows || r.unread >= scan.BatchBytes {
			r.evaluate()
		}
	}
	return documents, nil
}

// evaluate folds in what has been decoded since it was called last.
func (r *run) evaluate() {
	if r.batch.Len > 0 {
		r.partial.Add(r.batch)
		r.batch.Reset()
	}
	r.unread = 0
}

func (w *sharedWorker) Commit() error {
	for _, r := range w.runs {
		r.evaluate()
		if !r.partial.Empty() {
			blocks := r.partial.Blocks(0, exchangePartitions, delta.MaxBlock)
			if w.engine.collect != nil {
				if err := w.engine.collect.fold(blocks); err != nil {
					return err
				}
			}
		}
		r.partial.Reset(r.program)
	}
	return w.swap()
}

func (w *sharedWorker) Fallbacks() int64 {
	var sum int64
	for _, r := range w.runs {
		sum += r.decoder.Fallbacks()
	}
	return sum
}

// documentDecoder fills a batch with one document after the other.
type documentDecoder interface {
	Decode(doc []byte, into *record.Batch) error
	Fallbacks() int64
}

// decode appends the documents of a value to the batch and returns how many lines
// there were, those included that cannot be read.
func decode(d documentDecoder, value []byte, batch *record.Batch, partition int32, offset int64) (lines int, err error) {
	for i, line := range jsonscan.Lines(value) {
		lines++
		if err := d.Decode(line, batch); err != nil {
			var bad *jsonscan.DocumentError
			if !errors.As(err, &bad) {
				return lines, err
			}
			continue
		}
		batch.Name(partition, offset, i)
	}
	return lines, nil
}
