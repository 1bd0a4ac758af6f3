package reference

import (
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// unnest is an array of which rows are made.
type unnest struct {
	array *expr
	name  string
	names []string // of its columns: the element, and where it is asked for the position
}

// Columns that are unnested come after those of what FROM names: two for each array.

func (q *Query) compileUnnest() error {
	for _, u := range q.stmt.From.Unnest {
		if q.lower != nil || q.isAbove() && q.source().limit >= 0 {
			return errors.New("UNNEST over groups, or over a query with LIMIT")
		}
		s := scope{q: q, within: true}
		array, err := s.value(u.Array)
		if err != nil {
			return err
		}
		if array.typ.Kind != record.Array || array.typ.Elem == nil {
			return fmt.Errorf("%s is no array", u.Array)
		}
		if hasAggregate(u.Array) {
			return fmt.Errorf("an aggregate in UNNEST: %s", u.Array)
		}
		out := unnest{array: array, name: "unnest"}
		if u.Alias != nil {
			out.name = u.Alias.Name
		}
		if out.names = []string{out.name}; u.Ordinality {
			out.names = append(out.names, "ordinality")
		}
		if len(u.Columns) > len(out.names) {
			return fmt.Errorf("%d names for the columns of %s", len(u.Columns), out.name)
		}
		for i, c := range u.Columns {
			out.names[i] = c.Name
		}
		for _, n := range out.names {
			if _, taken := q.resolve(&ast.Name{Parts: []ast.Ident{{Name: n}}}); taken {
				return fmt.Errorf("two columns are called %s", n)
			}
		}
		q.unnests = append(q.unnests, out)
	}
	return nil
}

// resolveElement finds the column that an array gives, with or without the array's name
// before it.
func (q *Query) resolveElement(full string) (int, bool) {
	for i, u := range q.unnests {
		for j, n := range u.names {
			if full == n || full == u.name+"."+n {
				return len(q.names) + 2*i + j, true
			}
		}
	}
	return 0, false
}

func (q *Query) elementExpr(at int) *expr {
	typ := record.BigIntType
	if at%2 == 0 {
		typ = *q.unnests[at/2].array.typ.Elem
	}
	return &expr{typ: typ, eval: func(e *env) *record.Value { return &e.elements[at] }, col: -1}
}

// nameOf is the name of a column, or of what is unnested.
func (q *Query) nameOf(col int) string {
	if col < len(q.names) {
		return q.names[col]
	}
	at := col - len(q.names)
	return q.unnests[at/2].names[at%2]
}

// starred are the columns that * stands for.
func (q *Query) starred() []int {
	var all []int
	for i := range len(q.names) - q.hidden {
		all = append(all, i)
	}
	for i, u := range q.unnests {
		for j := range u.names {
			all = append(all, len(q.names)+2*i+j)
		}
	}
	return all
}

// levels is how many arrays are unnested, here and below.
func (q *Query) levels() int {
	n := len(q.unnests)
	if q.isAbove() {
		n += q.source().levels()
	}
	return n
}

// addRows takes a row for every element of the arrays, the first first.
func (q *Query) addRows(arrays []unnest, take func()) {
	if len(arrays) == 0 {
		take()
		return
	}
	array := arrays[0].array.eval(&q.env)
	if array == nil { // there is nothing of the row
		q.errs++
		q.arrays++
		return
	}
	if array.IsNull() {
		return
	}
	before := q.env.elements
	for i, v := range array.Elems() {
		q.env.elements = append(slices.Clone(before), v, record.Int(int64(i+1)))
		q.addRows(arrays[1:], take)
	}
}
