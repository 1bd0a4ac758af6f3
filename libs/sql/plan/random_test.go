package plan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/libs/record"
)

func posInf() float64         { return math.Inf(1) }
func nan(bits uint64) float64 { return math.Float64frombits(0x7ff8000000000000 | bits) }

// random makes valid plans of every shape.
type random struct {
	*rand.Rand
	agg    *Aggregate    // what Refs may name, nil below it
	elems  []record.Type // of what is unnested so far, by level
	window bool
}

func newRandom(seed uint64) *random { return &random{Rand: rand.New(rand.NewPCG(seed, 1))} }

func (r *random) output() *Output {
	if r.IntN(4) == 0 {
		return r.union()
	}
	return r.single()
}

// union returns a plan with branches that differ in what they read.
func (r *random) union() *Output {
	seed := r.Uint64()
	var all []*Output
	for range 2 + r.IntN(3) {
		b := newRandom(seed) // with the same shape
		out := b.single()
		all = append(all, renamed(out, r.name()))
	}
	r.agg, r.window, r.elems = nil, false, nil
	return Unite(all)
}

// renamed returns a plan over another stream.
func renamed(out *Output, stream string) *Output {
	var rewrite func(n Node) Node
	rewrite = func(n Node) Node {
		switch n := n.(type) {
		case *Scan:
			return &Scan{Stream: stream}
		case *Unnest:
			return &Unnest{In: rewrite(n.In), Array: n.Array}
		case *Filter:
			return &Filter{In: rewrite(n.In), Pred: n.Pred}
		case *Window:
			w := *n
			w.In = rewrite(n.In)
			return &w
		case *Aggregate:
			a := *n
			a.In = rewrite(n.In)
			return &a
		case *Project:
			return &Project{In: rewrite(n.In), Cols: n.Cols}
		case *TopK:
			k := *n
			k.In = rewrite(n.In)
			return &k
		default:
			return n
		}
	}
	return out.Over(rewrite(out.In))
}

func (r *random) single() *Output {
	out := &Output{Emit: Emit(1 + r.IntN(2))}
	var in Node = &Scan{Stream: r.name()}
	for range max(0, r.IntN(5)-2) {
		in = &Unnest{In: in, Array: r.array()}
	}
	if r.IntN(2) == 0 {
		in = &Filter{In: in, Pred: r.boolean()}
	}
	if r.IntN(3) > 0 {
		if r.IntN(2) == 0 {
			r.window = true
			in = &Window{In: in, Kind: Tumble, Time: r.name(), Size: (1 + r.Int64N(1e10)) * 1000}
		}
		agg := &Aggregate{In: in}
		for range r.IntN(3) {
			agg.Keys = append(agg.Keys, r.expr(2))
		}
		for range r.IntN(4) {
			a := Agg{Func: r.name(), Type: r.typ()}
			for range []int{0, 0, 1, 1, 1, 2, 3}[r.IntN(7)] {
				a.Args = append(a.Args, r.expr(2))
			}
			a.Distinct = len(a.Args) > 0 && r.IntN(3) == 0
			for range max(0, r.IntN(5)-2) {
				k := SortKey{Expr: r.expr(2), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}
				if a.Distinct {
					k.Expr = a.Args[r.IntN(len(a.Args))]
				}
				a.Order = append(a.Order, k)
			}
			if r.IntN(3) == 0 {
				a.Filter = r.boolean()
			}
			agg.Aggs = append(agg.Aggs, a)
		}
		r.agg, in = agg, agg
		if r.IntN(2) == 0 {
			in = &Filter{In: in, Pred: r.boolean()}
		}
	}
	p := &Project{In: in}
	for range 1 + r.IntN(4) {
		p.Cols = append(p.Cols, NamedExpr{Name: r.name(), Expr: r.expr(3)})
	}
	out.In = p
	if r.IntN(3) == 0 {
		top := &TopK{In: p, K: 1 + r.Int64N(1<<40), Skip: r.Int64N(3)}
		for range 1 + r.IntN(3) {
			top.Order = append(top.Order, SortKey{Expr: r.expr(2), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0})
		}
		out.In = top
	} else if r.agg == nil && r.IntN(2) == 0 {
		out.Limit, out.Skip = 1+r.Int64N(1<<40), r.Int64N(3)
	}
	return out
}

// array returns something to be unnested.
func (r *random) array() Expr {
	elem := r.typ()
	defer func() { r.elems = append(r.elems, elem) }()
	if r.IntN(2) == 0 {
		return &Column{Name: r.name(), Typ: record.ArrayOf(elem)}
	}
	return &Call{Func: r.name(), Args: []Expr{r.expr(2)}, Typ: record.ArrayOf(elem)}
}

func (r *random) boolean() Expr { return call(r.name(), r.expr(3), r.expr(3)) }

func (r *random) expr(depth int) Expr {
	switch n := r.IntN(4); {
	case n == 0 && depth > 0:
		c := &Call{Func: r.name(), Typ: r.typ()}
		for range r.IntN(4) {
			c.Args = append(c.Args, r.expr(depth-1))
		}
		return c
	case n == 1 && r.agg == nil && len(r.elems) > 0 && r.IntN(2) == 0:
		level := 1 + r.IntN(len(r.elems))
		if r.IntN(3) == 0 {
			return &Column{Name: PositionColumn(level), Typ: record.BigIntType}
		}
		return &Column{Name: ElementColumn(level), Typ: r.elems[level-1]}
	case n == 1 && r.agg == nil:
		return &Column{Name: r.name(), Typ: r.typ()}
	case n == 1:
		return r.ref()
	default:
		return lit(r.value(r.typ()))
	}
}

func (r *random) ref() Expr {
	switch n := r.IntN(3); {
	case n == 0 && len(r.agg.Keys) > 0:
		i := r.IntN(len(r.agg.Keys))
		return keyRef(i, r.agg.Keys[i].Type())
	case n == 1 && len(r.agg.Aggs) > 0:
		i := r.IntN(len(r.agg.Aggs))
		return aggRef(i, r.agg.Aggs[i].Type)
	case r.window:
		return &Ref{Kind: WindowStartRef + RefKind(r.IntN(2)), Typ: record.TimestampType}
	default:
		return lit(record.Bool(true))
	}
}

func (r *random) name() string { return fmt.Sprintf("n%d.%c", r.IntN(100), 'a'+rune(r.IntN(1000))) }

func (r *random) typ() record.Type {
	if r.IntN(6) == 0 {
		return record.ArrayOf(r.typ())
	}
	kinds := []record.Type{
		record.BooleanType, record.BigIntType, record.DoubleType, record.VarcharType,
		record.TimestampType, record.DateType, record.JSONType, record.DayTimeType, record.YearMonthType,
	}
	return kinds[r.IntN(len(kinds))]
}

func (r *random) value(t record.Type) record.Value {
	if r.IntN(8) == 0 {
		return record.NullOf(t)
	}
	switch t.Kind {
	case record.Boolean:
		return record.Bool(r.IntN(2) == 0)
	case record.BigInt:
		return record.Int(int64(r.Uint64()))
	case record.Double:
		return record.Float(r.NormFloat64())
	case record.Varchar:
		return record.Text(r.name())
	case record.Timestamp:
		return record.TimestampOf(int64(r.Uint64()))
	case record.Date:
		return record.DateOf(r.Int64N(1e6))
	case record.JSON:
		return record.JSONOf("[1]")
	case record.DayTime:
		return record.DayTimeOf(time.Duration(r.Uint64()))
	case record.YearMonth:
		return record.YearMonthOf(r.Int64N(1e6))
	case record.Array:
		vs := make([]record.Value, r.IntN(3))
		for i := range vs {
			// A NULL array inside an array forgets its element type.
			if vs[i] = r.value(*t.Elem); vs[i].IsNull() && t.Elem.Kind == record.Array {
				vs[i] = record.NullOf(record.Type{Kind: record.Array})
			}
		}
		return record.List(*t.Elem, vs)
	default:
		return record.Value{}
	}
}
