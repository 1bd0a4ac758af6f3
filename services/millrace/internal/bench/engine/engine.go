package engine

import (
	"fmt"

	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Engine holds standing queries. Add, Drop and Ready are called by one goroutine,
// which may be another than those of the workers; the rest while no worker works.
type Engine interface {
	// Add adds a query.
	Add(q Query) error
	// Drop removes a query that is there.
	Drop(q Query)
	// Ready makes what workers run of the queries that there are now. Workers take it
	// up with their next Commit.
	Ready() error
	// Worker returns what one core runs, with the queries of the last Ready.
	Worker() (Worker, error)
	// Matches returns how many pairs of a query and a document have matched, of
	// the queries that are there now.
	Matches() int64
	// Answers returns what every query has come to since the engine was made, if it
	// was made to collect.
	Answers() (map[string]Answer, error)
	// Acceleration names the path of the decoder.
	Acceleration() string
}

// Worker evaluates batches. It is used by one goroutine at a time.
type Worker interface {
	// Add evaluates all queries over the documents of a batch, one a line, and
	// returns how many there were. Documents that cannot be read are passed over.
	Add(value []byte, partition int32, offset int64) (documents int, err error)
	// Commit ends what a transaction of the scan stage is: what has been
	// accumulated is written as it would be sent.
	Commit() error
	// Fallbacks returns for how many documents a decoder left its fast path, as
	// jsonscan.Decoder tells.
	Fallbacks() int64
}

// Query is a standing query.
type Query struct {
	ID    string
	Plan  *plan.Output
	Shape *share.Shape // of Plan
}

// NewQuery returns the query of a plan.
func NewQuery(id string, root *plan.Output) (Query, error) {
	shape, err := share.Decompose(root)
	return Query{ID: id, Plan: root, Shape: shape}, err
}

// Options are what an engine is made of.
type Options struct {
	Catalog  *catalog.Catalog
	Stream   string // what the documents are
	Level    Level  // of sharing, for the engine shared
	Portable bool   // the decoder's pure-Go path
	Collect  bool   // keep what Answers returns
}

// Names returns the engines.
func Names() []string { return []string{"shared", "closure", "segmentio"} }

// New returns an engine without queries.
func New(name string, o Options) (Engine, error) {
	if _, ok := o.Catalog.Stream(o.Stream); !ok {
		return nil, fmt.Errorf("stream %s is not in the catalog", o.Stream)
	}
	switch name {
	case "shared":
		return newShared(o), nil
	case "closure":
		return newClosures(o, projecting(o.Portable)), nil
	case "segmentio":
		return newClosures(o, structDecoding()), nil
	default:
		return nil, fmt.Errorf("there is no engine %s", name)
	}
}
