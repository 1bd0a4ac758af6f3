package admission

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/bind"
	"github.com/millrace/millrace/libs/sql/optimize"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/query-parser/internal/legacy"
)

// legacyStream is the one that queries of the older form are over.
const legacyStream = "tweets"

// compiled is a query as it is registered.
type compiled struct {
	text string // as submitted
	plan []byte
	note string // for the author: how the query was read, if that is not plain
}

var errDefect = errors.New("the query could not be read because of a defect in Millrace: please report it")

// compile parses and binds a query. A panic on the way must not stop the
// service, which would meet it again: the submission is rejected.
func (a *Admitter) compile(sub wire.Submission) (c compiled, err error) {
	defer func() {
		if r := recover(); r != nil {
			a.cfg.Log.Error("a query made the compiler panic",
				"panic", r, "sql", sub.SQL, "query", string(sub.Legacy), "stack", string(debug.Stack()))
			err = errDefect
		}
	}()
	if sub.Kind == wire.SubmitLegacy {
		return a.compileLegacy(string(sub.Legacy))
	}
	stmt, err := parser.Parse(sub.SQL)
	if err != nil {
		return compiled{}, err
	}
	encoded, err := a.encode(stmt, sub.SQL)
	return compiled{text: sub.SQL, plan: encoded}, err
}

func (a *Admitter) compileLegacy(src string) (compiled, error) {
	stream, ok := a.cfg.Catalog.Stream(legacyStream)
	if !ok {
		return compiled{}, fmt.Errorf("queries of the older JSON form are over the stream %s, which is not declared", legacyStream)
	}
	q, err := legacy.Parse(src, stream)
	if err != nil {
		return compiled{}, err
	}
	encoded, err := a.encode(q.Statement, src)
	if err != nil {
		return compiled{}, q.Explain(err)
	}
	return compiled{text: src, plan: encoded, note: "read as " + q.Statement.String()}, nil
}

// encode returns the canonical plan of a statement whose positions are of src.
func (a *Admitter) encode(stmt *ast.Statement, src string) ([]byte, error) {
	bound, err := bind.Bind(stmt, a.cfg.Catalog, src)
	if err != nil {
		return nil, err
	}
	root, _ := optimize.Optimize(bound)
	return plan.Encode(root), nil
}
