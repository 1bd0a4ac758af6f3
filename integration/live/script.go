package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// Submission is one record of the queries topic and what must come of it.
type Submission struct {
	ID    string
	Epoch int64  // its offset
	SQL   string // "" for a drop
	Wrong bool   // it must be rejected

	Query *merge.Query // what it registers; nil for a drop and where it is wrong
}

// Script submits queries by a plain producer, and remembers what it submitted.
type Script struct {
	sys      *System
	producer *kafka.Producer
	catalog  *catalog.Catalog
	r        *rand.Rand
	queries  *random.Generator
	made     int

	history map[string][]Submission // by id, in order of epochs
}

// NewScript returns the script of a seed.
func NewScript(sys *System, seed uint64) (*Script, error) {
	cat, err := catalog.Default()
	if err != nil {
		return nil, err
	}
	producer, err := kafka.NewProducer(sys.Kafka)
	if err != nil {
		return nil, err
	}
	return &Script{
		sys: sys, producer: producer, catalog: cat, r: rand.New(rand.NewPCG(seed, 14)),
		queries: random.New(seed, random.Documents(seed, 300)),
		history: map[string][]Submission{},
	}, nil
}

// Close lets go of the producer.
func (s *Script) Close() { s.producer.Close() }

// Replace submits a query.
func (s *Script) Replace(ctx context.Context, id, text string) error {
	q, err := s.compile(id, text)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", id, err, text)
	}
	value := []byte(text)
	if s.r.IntN(4) == 0 {
		if value, err = json.Marshal(map[string]any{"sql": text, "owner": "live"}); err != nil {
			return err
		}
	}
	return s.submit(ctx, value, Submission{ID: id, SQL: text, Query: q})
}

// Spoil submits something for the id that must be rejected and change nothing.
func (s *Script) Spoil(ctx context.Context, id string) error {
	text := []string{"SELECT nothing FROM tweets", "SELECT count(* FROM tweets", `{"sql":`, "", "SELECT id FROM posts"}[s.r.IntN(5)]
	return s.submit(ctx, []byte(text), Submission{ID: id, SQL: text, Wrong: true})
}

// Drop drops a registered query.
func (s *Script) Drop(ctx context.Context, id string) error {
	return s.submit(ctx, nil, Submission{ID: id})
}

func (s *Script) submit(ctx context.Context, value []byte, sub Submission) error {
	records := []kafka.Record{{Topic: kafka.TopicQueries, Key: []byte(sub.ID), Value: value}}
	if err := s.producer.Produce(ctx, records...); err != nil {
		return err
	}
	sub.Epoch = records[0].Offset
	s.history[sub.ID] = append(s.history[sub.ID], sub)
	return nil
}

func (s *Script) compile(id, text string) (*merge.Query, error) {
	root, err := sql.Compile(text, s.catalog)
	if err != nil {
		return nil, err
	}
	q, err := build.Query(root)
	if err != nil {
		return nil, err
	}
	q.ID = id
	return q, nil
}

// Current returns the submission that decides what the id is: the last that is
// not wrong. False where there is none.
func (s *Script) Current(id string) (Submission, bool) {
	list := s.history[id]
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].Wrong {
			return list[i], true
		}
	}
	return Submission{}, false
}

// Step does something at random to one of n ids: it adds or replaces a query, by
// another text or the same, spoils it or drops it.
func (s *Script) Step(ctx context.Context, n int) error {
	id := fmt.Sprintf("q%02d", s.r.IntN(n))
	now, known := s.Current(id)
	known = known && now.Query != nil
	switch k := s.r.IntN(20); {
	case known && k < 4:
		return s.Drop(ctx, id)
	case known && k < 6:
		return s.Replace(ctx, id, now.SQL)
	case k < 8:
		return s.Spoil(ctx, id)
	default:
		text, err := s.query()
		if err != nil {
			return err
		}
		return s.Replace(ctx, id, text)
	}
}

// alias is how random queries call their columns.
var alias = regexp.MustCompile(`\bc[0-9]\b`)

// query returns a random query whose output columns are named as those of no
// other, so that one sees of which definition a row is.
func (s *Script) query() (string, error) {
	s.made++
	suffix := fmt.Sprintf("_v%d", s.made)
	text := alias.ReplaceAllStringFunc(s.queries.Query(), func(name string) string { return name + suffix })
	stmt, err := parser.Parse(text)
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	for i := range stmt.Select {
		item := &stmt.Select[i]
		if _, star := item.Expr.(*ast.Star); !star && item.Alias == nil {
			item.Alias = &ast.Ident{Name: fmt.Sprintf("x%d%s", i, suffix)}
		}
	}
	return stmt.String(), nil
}

// Nodes returns the merge nodes of the registered queries, each once, sorted.
func (s *Script) Nodes() []plan.ID {
	nodes := map[plan.ID]bool{}
	for id := range s.history {
		switch now, ok := s.Current(id); {
		case !ok || now.Query == nil:
		case now.Query.Table != nil:
			nodes[now.Query.Table.Node] = true
		default:
			nodes[now.Query.Rows.Node] = true
		}
	}
	return sorted(nodes)
}

func sorted[V any](nodes map[plan.ID]V) []plan.ID {
	return slices.SortedFunc(maps.Keys(nodes), func(a, b plan.ID) int { return slices.Compare(a[:], b[:]) })
}

// IDs returns every id that was named, sorted.
func (s *Script) IDs() []string {
	ids := make([]string, 0, len(s.history))
	for id := range s.history {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// want returns the transition that a submission must get.
func (s *Submission) want() wire.Transition {
	switch {
	case s.Wrong:
		return wire.Rejected
	case s.Query == nil:
		return wire.Dropped
	default:
		return wire.Accepted
	}
}
