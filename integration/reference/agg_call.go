package reference

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// gathering is an aggregate that is computed, once its rows are all there, from a list
// of them: naive, and so unlike the engine's states that are merged.
type gathering struct {
	name      string
	distinct  bool
	typ       record.Type   // of its first argument
	args      int           // of rows; the values of ORDER BY follow them in a row
	constants []record.Type // of the others
	given     []record.Value
	order     []ast.OrderItem
}

// aggregateNames are the further names of aggregates.
var aggregateNames = map[string]string{
	"stddev": "stddev_samp", "variance": "var_samp", "every": "bool_and", "min_by": "arg_min", "max_by": "arg_max",
}

// gatherings are those that are computed so, with what they are called with: arguments of
// rows, and types of constants.
var gatherings = map[string]gathering{
	"var_pop": {args: 1}, "var_samp": {args: 1}, "stddev_pop": {args: 1}, "stddev_samp": {args: 1},
	"bool_and": {args: 1}, "bool_or": {args: 1}, "first": {args: 1}, "last": {args: 1},
	"arg_min": {args: 2}, "arg_max": {args: 2}, "array_agg": {args: 1},
	"string_agg":            {args: 1, constants: []record.Type{record.VarcharType}},
	"histogram":             {args: 1, constants: []record.Type{record.DoubleType, record.DoubleType, record.BigIntType}},
	"approx_count_distinct": {args: 1},
	"approx_percentile":     {args: 1, constants: []record.Type{record.DoubleType}},
	"approx_top_k":          {args: 1, constants: []record.Type{record.BigIntType}},
	"sample_agg":            {args: 1, constants: []record.Type{record.BigIntType, record.BigIntType}},
}

// aggregateCall compiles a call of an aggregate in the group scope.
func (s *scope) aggregateCall(c *ast.Call) (*expr, error) {
	agg := aggregate{name: c.Func, star: c.Star}
	if c.Filter != nil {
		row := scope{q: s.q, within: true}
		p, err := row.predicate(c.Filter)
		if err != nil {
			return nil, err
		}
		agg.filter = p
	}
	var err error
	if _, plain := gatherings[c.Func]; plain || aggregateNames[c.Func] != "" || c.Distinct {
		err = s.gather(&agg, c)
	} else {
		err = s.plain(&agg, c)
	}
	if err != nil {
		return nil, err
	}
	i := len(s.q.aggs)
	s.q.aggs = append(s.q.aggs, agg)
	x := &expr{typ: agg.typ, eval: func(e *env) *record.Value { return e.grp.results[i] }, col: -1}
	if g := agg.gather; g != nil && g.approximate() {
		x.check = func(e *env) func(string) bool { return e.grp.accs[i].(*gathered).check() }
	}
	return x, nil
}

// plain compiles an aggregate of at most one argument.
func (s *scope) plain(agg *aggregate, c *ast.Call) error {
	var arg record.Type
	switch {
	case len(c.OrderBy) > 0:
		return fmt.Errorf("%s with ORDER BY is not supported", c.Func)
	case c.Star && c.Func != "count":
		return fmt.Errorf("%s(*) is not defined", c.Func)
	case c.Star:
	case len(c.Args) != 1:
		return fmt.Errorf("%s takes one argument", c.Func)
	default:
		row := scope{q: s.q, within: true}
		x, err := row.value(c.Args[0])
		if err != nil {
			return err
		}
		agg.arg, arg = x, x.typ
	}
	var err error
	agg.typ, err = aggregateType(c.Func, arg)
	return err
}

// gather compiles an aggregate that is computed from a list of rows. Its argument is an
// array of what each row has.
func (s *scope) gather(agg *aggregate, c *ast.Call) error {
	name := c.Func
	if of := aggregateNames[name]; of != "" {
		name = of
	}
	g, ok := gatherings[name]
	if !ok {
		g = gathering{args: 1} // of a plain one with DISTINCT
	}
	g.name, g.distinct, g.order = name, c.Distinct, c.OrderBy
	row := scope{q: s.q, within: true}
	es := slices.Clone(c.Args)
	if len(es) < g.args || len(es) > g.args+len(g.constants) || len(es) < g.args+len(g.constants) && name != "sample_agg" {
		return fmt.Errorf("%s does not take %d arguments", name, len(es))
	}
	for i, e := range es[g.args:] {
		v, err := row.constantOf(e, g.constants[i])
		if err != nil {
			return err
		}
		g.given = append(g.given, v)
	}
	es = es[:g.args]
	timed := false
	switch name {
	case "first", "last":
		timed = true
		g.args, g.name = 2, map[string]string{"first": "arg_min", "last": "arg_max"}[name]
	case "array_agg", "string_agg":
		for _, o := range c.OrderBy {
			es = append(es, o.Expr)
		}
	default:
		if len(c.OrderBy) > 0 {
			return fmt.Errorf("%s with ORDER BY is not supported", name)
		}
	}
	var xs []*expr
	for _, e := range es {
		x, err := row.value(e)
		if err != nil {
			return err
		}
		xs = append(xs, x)
	}
	if timed {
		xs = append(xs, eventTime())
	}
	g.typ = xs[0].typ
	typ, err := g.result()
	if err != nil {
		return err
	}
	agg.typ, agg.gather = typ, &g
	agg.arg = &expr{col: -1, eval: func(e *env) *record.Value {
		vs := make([]record.Value, len(xs))
		for i, x := range xs {
			v := x.eval(e)
			if v == nil {
				return nil
			}
			vs[i] = *v
		}
		return constant(record.List(record.Type{}, vs))
	}}
	return nil
}

// constantOf evaluates what reads no column.
func (s *scope) constantOf(e ast.Expr, t record.Type) (record.Value, error) {
	x, err := s.value(e)
	if err != nil {
		return record.Value{}, err
	}
	v := x.eval(&env{doc: &Document{}})
	switch {
	case v == nil || v.IsNull():
		return record.Value{}, fmt.Errorf("%s is no constant", e)
	case v.Type().Kind == t.Kind:
		return *v, nil
	case v.Type().Kind == record.BigInt && t.Kind == record.Double:
		return record.Float(float64(v.Int())), nil
	default:
		return record.Value{}, fmt.Errorf("%s is no %s", e, t)
	}
}

// result returns the type of the result.
func (g *gathering) result() (record.Type, error) {
	switch g.name {
	case "var_pop", "var_samp", "stddev_pop", "stddev_samp", "approx_percentile":
		if g.typ.Numeric() {
			return record.DoubleType, nil
		}
	case "bool_and", "bool_or":
		if g.typ.Kind == record.Boolean {
			return g.typ, nil
		}
	case "arg_min", "arg_max":
		return g.typ, nil
	case "array_agg", "sample_agg":
		return record.ArrayOf(g.typ), nil
	case "string_agg":
		if g.typ.Kind == record.Varchar {
			return g.typ, nil
		}
	case "histogram":
		if g.typ.Numeric() {
			return record.ArrayOf(record.BigIntType), nil
		}
	case "approx_count_distinct":
		return record.BigIntType, nil
	case "approx_top_k":
		if g.typ.Kind != record.Array && g.typ.Kind != record.JSON {
			return record.JSONType, nil
		}
	default:
		return aggregateType(g.name, g.typ)
	}
	return record.Type{}, fmt.Errorf("%s of %s is not defined", g.name, g.typ)
}
