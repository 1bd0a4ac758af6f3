package registry

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

// Stream is a stream that was declared while services run. It is immutable: one that is
// declared anew is another.
type Stream struct {
	*merge.Stream
	Name  string
	Epoch int64
	Def   *catalog.Stream
}

// Since is the position of the first definitions that have the stream.
func (s *Stream) Since() int64 { return s.Position + 1 }

// streams are those that the topic declares, as far as it is read.
type streams struct {
	declared *declared.Catalog
	byName   *merge.Editor[*merge.Stream]
	all      map[string]*Stream
	sorted   []*Stream // of all, since the last change; nil: not yet
}

func newStreams(c *catalog.Catalog) streams {
	return streams{
		declared: declared.New(c), byName: merge.Directory[*merge.Stream]{}.Edit(), all: map[string]*Stream{},
	}
}

// list returns the streams by name.
func (s *streams) list() []*Stream {
	if s.sorted == nil && len(s.all) > 0 {
		for _, st := range s.all {
			s.sorted = append(s.sorted, st)
		}
		slices.SortFunc(s.sorted, func(a, b *Stream) int { return cmp.Compare(a.Name, b.Name) })
	}
	return s.sorted
}

// declare takes a record that is about a stream or a view, and reports whether it is.
// A stream that cannot be read here is left out, and the queries over it cannot be run.
func (t *table) declare(rec *kafka.Record) (bool, error) {
	header, _ := rec.Header(wire.HeaderEpoch)
	change, err := t.streams.declared.Read(rec.Key, rec.Value, header)
	if err != nil {
		return false, fmt.Errorf("registry record at offset %d: %w", rec.Offset, err)
	}
	if change.Object == "" {
		return false, nil
	}
	t.age.see(change.Epoch)
	if change.LeftOut != nil {
		t.reader.logger.Error("what was declared cannot be read here, and is left out", "object", change.Object, "name", change.Name,
			"epoch", change.Epoch, "error", change.LeftOut)
	}
	t.dropStreams()
	if change.Stream == nil || change.LeftOut != nil {
		return true, nil
	}
	return true, t.addStream(change.Stream, rec.Offset)
}

// dropStreams takes away the streams that are no more, or are others now. Queries that
// read one of them still have been dropped before it was: compaction has removed their
// drops, or what took their place, between the records that were read and this one.
func (t *table) dropStreams() {
	for _, st := range t.streams.list() {
		if now := t.streams.declared.Stream(st.Name); now != nil && now.Epoch == st.Epoch {
			continue
		}
		if t.builder.DropStream(st.Name) != nil {
			for id, q := range t.queries.Directory().All() {
				if q.Failed == "" && (q.Stream == st.Name || slices.Contains(q.Others, st.Name)) {
					t.builder.Drop(id)
					t.queries.Delete(id)
				}
			}
			_ = t.builder.DropStream(st.Name) // nothing reads it any more
		}
		delete(t.streams.all, st.Name)
		t.streams.byName.Delete(st.Name)
		t.streams.sorted, t.changed = nil, true
	}
}

func (t *table) addStream(record *wire.Stream, position int64) error {
	def, _ := t.streams.declared.Catalog().Stream(record.Name)
	st := &Stream{
		Name: record.Name, Epoch: record.Epoch, Def: def,
		Stream: &merge.Stream{
			Topic: record.Topic, Partitions: record.Partitions, Lateness: def.Lateness,
			Position: position, TopicID: record.TopicID, From: record.From,
		},
	}
	if err := t.builder.AddStream(def, st.Since()); err != nil {
		return fmt.Errorf("registry record at offset %d: %w: %w", position, wire.ErrInvalid, err)
	}
	t.streams.all[st.Name] = st
	t.streams.byName.Set(st.Name, st.Stream)
	t.streams.sorted, t.changed = nil, true
	return nil
}

// emptied returns a builder without queries over the streams that there are.
func (t *table) emptied() *build.Builder {
	b := build.NewBuilder(t.reader.catalog)
	for _, st := range t.streams.list() {
		// There is none of its name: this builder is new, and the other one took it.
		_ = b.AddStream(st.Def, st.Since())
	}
	return b
}
