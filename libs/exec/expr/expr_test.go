package expr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A schema with two columns of every type.
func testColumns() []*plan.Column {
	var out []*plan.Column
	for _, t := range []record.Type{
		record.BooleanType, record.BigIntType, record.DoubleType, record.VarcharType, record.TimestampType, record.DateType,
		record.JSONType, record.ArrayOf(record.VarcharType), record.ArrayOf(record.BigIntType), record.ArrayOf(record.DoubleType),
	} {
		for i := range 2 {
			out = append(out, &plan.Column{Name: fmt.Sprintf("%s%d", t, i), Typ: t})
		}
	}
	return out
}

func randomValue(r *rand.Rand, t record.Type) record.Value {
	if r.IntN(7) == 0 {
		return record.NullOf(t)
	}
	pick := func(n int) int { return r.IntN(n) }
	switch t.Kind {
	case record.Boolean:
		return record.Bool(pick(2) == 0)
	case record.BigInt:
		return record.Int([]int64{0, 1, 2, -1, -3, 1 << 53, 1<<53 + 1, math.MaxInt64, math.MinInt64}[pick(9)])
	case record.Double:
		return record.Float([]float64{
			0, math.Copysign(0, -1), 1, 2.5, -1, -2.5, 1 << 53, 0x1p63, -0x1p63, -0x1p64, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxInt64,
		}[pick(14)])
	case record.Timestamp:
		return record.TimestampOf(r.Int64N(3))
	case record.Date:
		return record.DateOf(r.Int64N(3))
	case record.JSON:
		return record.JSONOf([]string{"1", "{}"}[pick(2)])
	case record.Array:
		vs := make([]record.Value, pick(4))
		for i := range vs {
			vs[i] = randomValue(r, *t.Elem)
		}
		return record.List(*t.Elem, vs)
	default:
		return record.Text([]string{
			"", "a", "b", "Abc", "aBC", "xaby", "100%", "_", `\`, "é", "É", "日本語", "ſ", "S", "s", "K", "k", "Straße", "ǅ", "ǆ", "a\nb", "aXbXc",
		}[pick(22)])
	}
}

func randomBatch(r *rand.Rand, cols []*plan.Column, n int) []*record.Column {
	out := make([]*record.Column, len(cols))
	for i, c := range cols {
		b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: c.Name, Type: c.Typ}}})
		out[i] = &b.Columns[0]
		for range n {
			out[i].Append(randomValue(r, c.Typ))
		}
	}
	return out
}

func call(fn string, args ...plan.Expr) *plan.Call {
	return &plan.Call{Func: fn, Args: args, Typ: record.BooleanType}
}

// randomPredicate returns a predicate that Check accepts.
func randomPredicate(r *rand.Rand, cols []*plan.Column, depth int) plan.Expr {
	if depth > 0 && r.IntN(3) > 0 {
		switch r.IntN(3) {
		case 0:
			return call(plan.FuncNot, randomPredicate(r, cols, depth-1))
		case 1:
			return call(plan.FuncAnd, randomPredicate(r, cols, depth-1), randomPredicate(r, cols, depth-1), randomPredicate(r, cols, depth-1))
		default:
			return call(plan.FuncOr, randomPredicate(r, cols, depth-1), randomPredicate(r, cols, depth-1))
		}
	}
	operand := func(t record.Type) plan.Expr {
		for r.IntN(3) == 0 {
			if c := cols[r.IntN(len(cols))]; c.Typ.Equal(t) {
				return c
			}
		}
		return &plan.Literal{Value: randomValue(r, t)}
	}
	patterns := []string{"%", "", "a%", "%b", "%a%", "_", "__", "_%", "%_", "a_c", "%a_%c", `100\%`, `\_`, `%\`, "%s%", "日%", "_本_", "%K", "ÉX", "é", "%ß%", "a%b%c", "%X%X%", "%%"}
	text := func() plan.Expr { return operand(record.VarcharType) }
	switch r.IntN(12) {
	case 0:
		return cols[r.IntN(2)]
	case 1:
		return call(plan.FuncIsNull, cols[r.IntN(len(cols))])
	case 2:
		return call(plan.FuncIsNull, randomPredicate(r, cols, 0))
	case 3:
		fn := []string{plan.FuncLike, plan.FuncILike}[r.IntN(2)]
		return call(fn, text(), &plan.Literal{Value: record.Text(patterns[r.IntN(len(patterns))])})
	case 4:
		fn := []string{plan.FuncContains, plan.FuncIContains}[r.IntN(2)]
		return call(fn, text(), text())
	case 5, 6:
		c := cols[14+r.IntN(6)]
		return call(plan.FuncMember, c, operand(*c.Typ.Elem))
	case 7:
		return &plan.Literal{Value: randomValue(r, record.BooleanType)}
	case 8:
		return &plan.Literal{Value: record.Value{}}
	default:
		fn := []string{plan.FuncEq, plan.FuncLt, plan.FuncLe}[r.IntN(3)]
		a := cols[r.IntN(12)] // neither JSON nor arrays
		t := a.Typ
		if t.Numeric() && r.IntN(2) == 0 {
			t = []record.Type{record.BigIntType, record.DoubleType}[r.IntN(2)]
		}
		if r.IntN(8) == 0 {
			return call(fn, operand(t), a)
		}
		return call(fn, a, operand(t))
	}
}

// randomComputed returns an expression of a type that is not BOOLEAN, or a column of
// it where there is no function.
func randomComputed(r *rand.Rand, cols []*plan.Column, t record.Type, depth int) plan.Expr {
	operand := func(t record.Type) plan.Expr {
		if depth > 0 && r.IntN(3) > 0 {
			return randomComputed(r, cols, t, depth-1)
		}
		for r.IntN(8) > 0 {
			if c := cols[r.IntN(len(cols))]; c.Typ.Equal(t) {
				return c
			}
		}
		return &plan.Literal{Value: randomValue(r, t)}
	}
	of := func(fn string, args ...plan.Expr) plan.Expr { return &plan.Call{Func: fn, Args: args, Typ: t} }
	switch {
	case t.Kind == record.BigInt:
		switch r.IntN(6) {
		case 0:
			return of("t_count", operand(record.ArrayOf(record.VarcharType)))
		case 1:
			return of("t_length", operand(record.VarcharType))
		case 2:
			return of("t_coalesce", operand(t), operand(t), operand(t))
		case 3:
			return of("t_case", randomWide(r, cols, depth-1), operand(t), operand(t))
		default:
			return of("t_div", operand(t), operand(t))
		}
	case t.Kind == record.Double:
		return of("t_root", operand(t))
	case t.Kind == record.Varchar:
		return of("t_lower", operand(t))
	case t.Equal(record.ArrayOf(record.VarcharType)):
		return of("t_split", operand(record.VarcharType))
	default:
		return operand(t)
	}
}

// randomWide is [randomPredicate] over computed values.
func randomWide(r *rand.Rand, cols []*plan.Column, depth int) plan.Expr {
	if depth > 0 && r.IntN(3) > 0 {
		switch r.IntN(3) {
		case 0:
			return call(plan.FuncNot, randomWide(r, cols, depth-1))
		case 1:
			return call(plan.FuncAnd, randomWide(r, cols, depth-1), randomWide(r, cols, depth-1), randomPredicate(r, cols, 0))
		default:
			return call(plan.FuncOr, randomWide(r, cols, depth-1), randomWide(r, cols, depth-1))
		}
	}
	of := func(t record.Type) plan.Expr { return randomComputed(r, cols, t, max(depth, 0)) }
	lit := func(t record.Type) plan.Expr { return &plan.Literal{Value: randomValue(r, t)} }
	compare := []string{plan.FuncEq, plan.FuncLt, plan.FuncLe}[r.IntN(3)]
	texts := record.ArrayOf(record.VarcharType)
	switch r.IntN(13) {
	case 12: // its second argument is never NULL where it is constant
		return call("t_begins", &plan.Literal{Value: record.Text("ab")}, &plan.Literal{Value: record.Text([]string{"a", "b"}[r.IntN(2)])})
	case 0:
		return call("t_starts", of(record.VarcharType), of(record.VarcharType))
	case 1:
		return call("t_short", of(record.VarcharType))
	case 2:
		return call(plan.FuncMember, of(texts), lit(record.VarcharType))
	case 3:
		return call(plan.FuncMember, of(texts), of(record.VarcharType))
	case 4:
		fn := []string{plan.FuncLike, plan.FuncILike, plan.FuncContains, plan.FuncIContains}[r.IntN(4)]
		return call(fn, of(record.VarcharType), &plan.Literal{Value: record.Text([]string{"%a%", "a%", "B", `a\`, "_", "K"}[r.IntN(6)])})
	case 5:
		return call(compare, of(record.VarcharType), lit(record.VarcharType))
	case 6:
		return call(compare, of(record.DoubleType), lit([]record.Type{record.BigIntType, record.DoubleType}[r.IntN(2)]))
	case 7:
		return call(plan.FuncIsNull, of([]record.Type{record.BigIntType, texts, record.VarcharType}[r.IntN(3)]))
	case 8:
		return call(plan.FuncIsNull, randomWide(r, cols, depth-1))
	case 9:
		return call(plan.FuncEq, randomWide(r, cols, depth-1), lit(record.BooleanType))
	case 10:
		return call(compare, of(record.BigIntType), of([]record.Type{record.BigIntType, record.DoubleType}[r.IntN(2)]))
	default:
		return call(compare, of(record.BigIntType), lit(record.BigIntType))
	}
}

// Predicates agree with the reference, over columns and over computed values: in all
// rows at once, and in some, one by one, whatever was asked for before.
func TestPredicatesAgreeWithReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	cols := testColumns()
	var in Input
	var got Truths
	seen := map[record.Truth]int{}
	for round := range 300 {
		n := []int{0, 1, 63, 64, 65, 200}[round%6]
		c := newCompiler(cols)
		var exprs []plan.Expr
		var predicates []Predicate
		for range 40 {
			e := randomPredicate(r, cols, 3)
			if r.IntN(2) == 0 {
				e = randomWide(r, cols, 3)
			}
			p, err := CompilePredicate(e, c.scope)
			if err != nil {
				t.Fatalf("%s: %v", plan.FormatExpr(e), err)
			}
			exprs, predicates = append(exprs, e), append(predicates, p)
		}
		columns := randomBatch(r, cols, n)
		c.reset(&in, columns, n)
		for k, p := range predicates {
			e := exprs[k]
			want := make([]record.Truth, n)
			for i := range n {
				want[i] = c.rowsOf(columns, i).truth(e)
			}
			one := func(i int) {
				if at := p.At(&in, i); at != want[i] || at == record.Error && IsTotal(p) {
					t.Fatalf("%s in row %d by itself: %v, want %v", plan.FormatExpr(e), i, at, want[i])
				}
			}
			for range min(n, r.IntN(20)) {
				one(r.IntN(n))
			}
			some := make([]uint64, words(n))
			for i := range n {
				some[i>>6] |= r.Uint64N(2) << (i & 63)
			}
			Ready(p, &in, some)
			p.Eval(&in, &got)
			if len(got.Hi) != words(n) || len(got.Lo) != words(n) {
				t.Fatalf("%s: %d words for %d rows", plan.FormatExpr(e), len(got.Hi), n)
			}
			for i := range n {
				if got.At(i) != want[i] {
					t.Fatalf("%s in row %d: %v, want %v", plan.FormatExpr(e), i, got.At(i), want[i])
				}
				one(i)
				seen[got.At(i)]++
			}
			if n%64 != 0 && (got.Hi[n/64]|got.Lo[n/64])&^tail(n) != 0 {
				t.Fatalf("%s: bits beyond row %d", plan.FormatExpr(e), n)
			}
		}
	}
	if seen[record.Error] < 10000 || seen[record.True] < 10000 || seen[record.False] < 10000 || seen[record.Null] < 10000 {
		t.Errorf("the test is too one-sided: %v", seen)
	}
}

func TestValues(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	cols := testColumns()
	var in Input
	var own record.Column
	n := 70
	columns := randomBatch(r, cols, n)
	failed := 0
	for range 2000 {
		var e plan.Expr = cols[r.IntN(len(cols))]
		switch r.IntN(4) {
		case 0:
			e = &plan.Literal{Value: randomValue(r, e.Type())}
		case 1:
			e = randomWide(r, cols, 1)
		case 2:
			e = randomComputed(r, cols, e.Type(), 2)
		}
		c := newCompiler(cols)
		v, err := CompileValue(e, c.scope)
		if err != nil {
			t.Fatal(err)
		}
		c.reset(&in, columns, n)
		got := v.Eval(&in, &own)
		var errs []uint64
		if pos, ok := Position(v); ok {
			errs = in.Errors(pos)
		}
		for i := range n {
			want, err := c.rowsOf(columns, i).value(e)
			if isError := errs != nil && errs[i>>6]>>(i&63)&1 != 0; isError != (err != nil) {
				t.Fatalf("%s in row %d is ERROR: %t, want %v", plan.FormatExpr(e), i, isError, err)
			}
			if err != nil {
				want = record.NullOf(e.Type())
				failed++
			}
			if record.Compare(got.Value(i), want) != 0 || !got.Value(i).Type().Equal(e.Type()) {
				t.Fatalf("%s in row %d: %v, want %v", plan.FormatExpr(e), i, got.Value(i), want)
			}
		}
	}
	if failed < 1000 {
		t.Errorf("only %d values are ERROR", failed)
	}
}

func TestTruthsFollowRecord(t *testing.T) {
	all := []record.Truth{record.False, record.Null, record.Error, record.True}
	var a, b, not Truths
	a.Fill(130, record.False)
	b.Fill(130, record.False)
	for i := range 130 {
		a.Set(i, all[i%4])
		b.Set(i, all[i/4%4])
	}
	var and, or Truths
	and.Copy(&a)
	and.And(&b)
	or.Copy(&a)
	or.Or(&b)
	not.Not(&a, 130)
	matched, errs := 0, 0
	var rows []int32
	for i := range 130 {
		x, y := all[i%4], all[i/4%4]
		if a.At(i) != x || b.At(i) != y {
			t.Fatalf("row %d: set %v %v, got %v %v", i, x, y, a.At(i), b.At(i))
		}
		if and.At(i) != x.And(y) || or.At(i) != x.Or(y) || not.At(i) != x.Not() {
			t.Errorf("%v, %v: AND %v OR %v NOT %v", x, y, and.At(i), or.At(i), not.At(i))
		}
		switch or.At(i) {
		case record.True:
			matched++
			rows = append(rows, int32(i))
		case record.Error:
			errs++
		case record.False, record.Null:
		}
	}
	if m, e := or.Count(); m != matched || e != errs {
		t.Errorf("count %d %d, want %d %d", m, e, matched, errs)
	}
	if got := or.AppendRows(nil); fmt.Sprint(got) != fmt.Sprint(rows) {
		t.Errorf("rows %v, want %v", got, rows)
	}
	if or.AllFalse() {
		t.Error("all false")
	}
	or.Fill(130, record.False)
	if !or.AllFalse() {
		t.Error("not all false")
	}
}

func TestCompileRefuses(t *testing.T) {
	cols := testColumns()
	text, number := cols[6], cols[2]
	for _, e := range []plan.Expr{
		call("soundex", text),
		call(plan.FuncEq, text),
		call(plan.FuncEq, text, number),
		call(plan.FuncLike, number, text),
		call(plan.FuncMember, text, text),
		call(plan.FuncNot, text),
		call(plan.FuncAnd, text, number),
		text,
		&plan.Column{Name: "absent", Typ: record.BooleanType},
		call(plan.FuncIsNull, &plan.Ref{Kind: plan.KeyRef, Typ: record.BooleanType}),
		&plan.Ref{Kind: plan.KeyRef, Typ: record.BooleanType},
	} {
		if p, err := CompilePredicate(e, newCompiler(cols).scope); err == nil {
			t.Errorf("%s: compiled to %v", plan.FormatExpr(e), p)
		}
	}
}
