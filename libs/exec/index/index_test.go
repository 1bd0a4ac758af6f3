package index_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func call(fn string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: fn, Args: args, Typ: record.BooleanType}
}

func column(t record.Type) plan.Expr { return &plan.Column{Name: "c", Typ: t} }

func lit(v record.Value) plan.Expr { return &plan.Literal{Value: v} }

func TestTargetOf(t *testing.T) {
	text, n, f := column(record.VarcharType), column(record.BigIntType), column(record.DoubleType)
	tags := column(record.ArrayOf(record.VarcharType))
	varchar := func(test index.Test) index.Target {
		return index.Target{Column: "c", Test: test, Kind: record.Varchar}
	}
	for _, c := range []struct {
		e    plan.Expr
		want index.Target
		key  index.Key
		ok   bool
	}{
		{call(plan.FuncEq, text, lit(record.Text("a"))), varchar(index.Equals), index.Key{Text: "a"}, true},
		{call(plan.FuncEq, n, lit(record.Int(1))), index.Target{Column: "c", Test: index.Equals, Kind: record.BigInt}, index.Key{Lo: 1, Hi: 1}, true},
		{call(plan.FuncEq, n, lit(record.Float(1))), index.Target{}, index.Key{}, false},
		{call(plan.FuncEq, f, lit(record.Float(1))), index.Target{}, index.Key{}, false},
		{call(plan.FuncEq, text, lit(record.NullOf(record.VarcharType))), index.Target{}, index.Key{}, false},
		{call(plan.FuncEq, text, text), index.Target{}, index.Key{}, false},
		{call(plan.FuncLe, n, lit(record.Int(1))), index.Target{}, index.Key{}, false},
		{call(plan.FuncMember, tags, lit(record.Text("go"))), varchar(index.Has), index.Key{Text: "go"}, true},
		{call(plan.FuncContains, text, lit(record.Text("g"))), varchar(index.Contains), index.Key{Text: "g"}, true},
		{call(plan.FuncContains, text, lit(record.Text(""))), index.Target{}, index.Key{}, false},
		{call(plan.FuncIContains, text, lit(record.Text("gola"))), varchar(index.IContains), index.Key{Text: "GOLA"}, true},
		{call(plan.FuncLike, text, lit(record.Text("gola%"))), varchar(index.Begins), index.Key{Text: "gola"}, true},
		{call(plan.FuncLike, text, lit(record.Text(`g\%a%`))), varchar(index.Begins), index.Key{Text: "g%a"}, true},
		{call(plan.FuncLike, text, lit(record.Text("go_a%"))), index.Target{}, index.Key{}, false},
		{call(plan.FuncLike, text, lit(record.Text("go%a%"))), index.Target{}, index.Key{}, false},
		{text, index.Target{}, index.Key{}, false},
	} {
		got, k, ok := index.TargetOf(c.e)
		if ok != c.ok || ok && (got != c.want || k != c.key) {
			t.Errorf("%s: %+v %+v %v", plan.FormatExpr(c.e), got, k, ok)
		}
	}
}

// kind is a kind of predicate over one column, with random literals and values.
type kind struct {
	name  string
	typ   record.Type
	atom  func(r *rand.Rand) plan.Expr
	value func(r *rand.Rand) record.Value // never NULL
	atoms int
}

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range r.IntN(n) {
		b.WriteString([]string{"a", "b", "A", "é", "É", "日", "本", " ", "ſ", "s", "k", "\u212a", "abcd"}[r.IntN(13)])
	}
	return b.String()
}

func randomInt(r *rand.Rand) int64 {
	return []int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64, math.MaxInt64 - 1, r.Int64N(9) - 4, r.Int64N(9) - 4, r.Int64N(50), r.Int64N(50)}[r.IntN(8)]
}

func randomFloat(r *rand.Rand) float64 {
	return []float64{
		math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 0, 1 << 63, -1 << 63, math.SmallestNonzeroFloat64,
		float64(r.IntN(9) - 4), r.Float64()*8 - 4, float64(r.IntN(9)) + 0.5,
	}[r.IntN(11)]
}

func compared(t record.Type, value func(r *rand.Rand) record.Value) func(r *rand.Rand) plan.Expr {
	return func(r *rand.Rand) plan.Expr {
		e := call([]string{plan.FuncLt, plan.FuncLe}[r.IntN(2)], column(t), lit(value(r)))
		if r.IntN(2) == 0 {
			e = call(plan.FuncNot, e)
		}
		return e
	}
}

func kinds() []kind {
	text := func(fn, suffix string, n int) func(r *rand.Rand) plan.Expr {
		return func(r *rand.Rand) plan.Expr {
			return call(fn, column(record.VarcharType), lit(record.Text(randomText(r, n)+suffix)))
		}
	}
	texts := func(r *rand.Rand) record.Value { return record.Text(randomText(r, 30)) }
	var out []kind
	for _, n := range []int{1, 3, 200} {
		out = append(
			out,
			kind{"contains", record.VarcharType, text(plan.FuncContains, "", 6), texts, n},
			kind{"icontains", record.VarcharType, text(plan.FuncIContains, "", 6), texts, n},
			kind{"begins", record.VarcharType, text(plan.FuncLike, "%", 5), texts, n},
		)
		few := map[string]func(r *rand.Rand) record.Value{
			"varchar":   func(r *rand.Rand) record.Value { return record.Text(fmt.Sprint(r.IntN(90))) },
			"bigint":    func(r *rand.Rand) record.Value { return record.Int(randomInt(r)) },
			"timestamp": func(r *rand.Rand) record.Value { return record.TimestampOf(r.Int64N(90)) },
			"date":      func(r *rand.Rand) record.Value { return record.DateOf(r.Int64N(90)) },
		}
		for _, typ := range []record.Type{record.VarcharType, record.BigIntType, record.TimestampType, record.DateType} {
			name := strings.ToLower(typ.String())
			value := few[name]
			array := record.ArrayOf(typ)
			out = append(out, kind{"equals " + name, typ, func(r *rand.Rand) plan.Expr { return call(plan.FuncEq, column(typ), lit(value(r))) }, value, n})
			out = append(out, kind{"has " + name, array, func(r *rand.Rand) plan.Expr { return call(plan.FuncMember, column(array), lit(value(r))) }, value, n})
			if typ.Kind != record.Varchar {
				out = append(out, kind{"between " + name, typ, compared(typ, value), value, n})
			}
		}
		doubles := func(r *rand.Rand) record.Value { return record.Float(randomFloat(r)) }
		ints := func(r *rand.Rand) record.Value { return record.Int(randomInt(r)) }
		out = append(
			out,
			kind{"between double", record.DoubleType, compared(record.DoubleType, doubles), doubles, n},
			kind{"double below bigint", record.DoubleType, compared(record.DoubleType, ints), doubles, n},
			kind{"bigint below double", record.BigIntType, compared(record.BigIntType, doubles), ints, n},
		)
	}
	return out
}

func appendTo(c *record.Column, v record.Value) {
	switch v.Type().Kind {
	case record.Varchar:
		c.AppendStr(v.Str())
	case record.Double:
		c.AppendFloat(v.Float())
	default:
		c.AppendInt(v.Int())
	}
}

// batch makes n rows of the kind, some of them NULL.
func (k *kind) batch(r *rand.Rand, n int) *record.Batch {
	b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "c", Type: k.typ}}})
	c := &b.Columns[0]
	nulls := r.IntN(2) * 6
	scalar := func(c *record.Column) {
		if nulls > 0 && r.IntN(nulls) == 0 {
			c.AppendNull()
		} else {
			appendTo(c, k.value(r))
		}
	}
	for range n {
		switch {
		case k.typ.Kind != record.Array:
			scalar(c)
		case nulls > 0 && r.IntN(nulls) == 0:
			c.AppendNull()
		default:
			for range r.IntN(5) {
				scalar(c.Elem)
			}
			c.EndArray()
		}
	}
	return b
}

// held is what a set holds.
type held struct {
	target index.Target
	set    index.Set
	atoms  map[index.Key]plan.Expr
	slots  map[index.Key]int32
}

// change puts atoms into the set and takes some out.
func (h *held) change(t *testing.T, r *rand.Rand, k *kind) {
	for range k.atoms {
		e := k.atom(r)
		target, key, ok := index.TargetOf(e)
		if !ok {
			target, key, ok = index.IntervalOf(e)
		}
		if !ok {
			continue // as of doubles and integers beyond 2^53
		}
		if h.set == nil {
			h.target, h.set = target, index.NewSet(target)
		}
		if target != h.target {
			t.Fatalf("%s: %+v, and %+v before", plan.FormatExpr(e), target, h.target)
		}
		if r.IntN(4) == 0 {
			h.set.Delete(key)
			delete(h.atoms, key)
			continue
		}
		if _, there := h.slots[key]; !there {
			h.slots[key] = int32(len(h.slots))
		}
		h.atoms[key] = e
		h.set.Put(key, h.slots[key])
	}
	if h.set != nil && h.set.Len() != len(h.atoms) {
		t.Fatalf("%s: %d held of %d", k.name, h.set.Len(), len(h.atoms))
	}
}

// An index gives every atom the truth values that it has by itself.
func TestIndexesAgreeWithAtoms(t *testing.T) {
	for seed, k := range kinds() {
		t.Run(fmt.Sprint(k.name, " ", k.atoms), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 2))
			var hits index.Hits
			for range 8 {
				h := &held{atoms: map[index.Key]plan.Expr{}, slots: map[index.Key]int32{}}
				var before index.Index
				var atoms map[index.Key]plan.Expr
				for range 4 {
					if h.change(t, r, &k); h.set == nil {
						continue
					}
					if before != nil { // it is as it was
						h.compare(t, r, &k, before, atoms, &hits)
					}
					before, atoms = h.set.Index(0), map[index.Key]plan.Expr{}
					for key, e := range h.atoms {
						atoms[key] = e
					}
					h.compare(t, r, &k, before, atoms, &hits)
				}
			}
		})
	}
}

func (h *held) compare(t *testing.T, r *rand.Rand, k *kind, x index.Index, atoms map[index.Key]plan.Expr, hits *index.Hits) {
	t.Helper()
	n := 1 + r.IntN(200)
	b := k.batch(r, n)
	var in expr.Input
	in.Reset([]*record.Column{&b.Columns[0]}, n)
	words := (n + 63) / 64
	var rows []uint64
	if r.IntN(2) == 0 {
		rows = make([]uint64, words)
		for i := range n {
			rows[i>>6] |= uint64(r.IntN(2)) << (i & 63)
		}
	}
	if x.Len() != len(atoms) {
		t.Fatalf("an index of %d atoms says %d", len(atoms), x.Len())
	}
	hits.Begin(len(h.slots), n)
	x.Eval(&in, rows, hits)
	nulls := make([]uint64, words)
	x.Nulls(&in, nulls)
	for key, e := range atoms {
		p, err := expr.CompilePredicate(e, expr.Scope{Column: func(*plan.Column) (int, error) { return 0, nil }})
		if err != nil {
			t.Fatal(err)
		}
		found := hits.Rows(h.slots[key])
		for row := range n {
			if rows != nil && rows[row>>6]>>(row&63)&1 == 0 {
				if found != nil && found[row>>6]>>(row&63)&1 != 0 {
					t.Fatalf("%s: row %d was not to be looked at", plan.FormatExpr(e), row)
				}
				continue
			}
			got := record.False
			if found != nil && found[row>>6]>>(row&63)&1 != 0 {
				got = record.True
			} else if nulls[row>>6]>>(row&63)&1 != 0 {
				got = record.Null
			}
			if want := p.At(&in, row); got != want {
				t.Fatalf("%s of %s: %v, want %v", plan.FormatExpr(e), record.AppendJSON(nil, b.Columns[0].Value(row)), got, want)
			}
		}
	}
	for _, slot := range hits.Touched() {
		ok := false
		for key := range atoms {
			ok = ok || h.slots[key] == slot
		}
		if !ok {
			t.Fatalf("slot %d is hit, which nobody has", slot)
		}
	}
}

// Counting by elementary intervals gives every interval the rows that it has.
func TestFragmentsAddUp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		set := index.NewSet(index.Target{Column: "c", Test: index.Between, Kind: record.BigInt}).(*index.RangeSet)
		want := map[int32]index.Key{}
		for slot := range int32(r.IntN(30)) {
			k := index.Key{Lo: randomInt(r), Hi: randomInt(r)}
			set.PutCounted(k, slot)
			if r.IntN(3) == 0 {
				set.DeleteCounted(k, slot)
				continue
			}
			want[slot] = k
		}
		x := set.Index(0).(*index.Range)
		for slot, k := range want {
			set.DeleteCounted(k, slot) // x is as it was
		}
		if (x.Fragments() > 0) != (len(want) > 0) {
			t.Fatalf("%d fragments of %d intervals", x.Fragments(), len(want))
		}
		b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "c", Type: record.BigIntType}}})
		rows := map[int32]uint64{}
		const n = 100
		for range n {
			if r.IntN(9) == 0 {
				b.Columns[0].AppendNull()
				continue
			}
			v := randomInt(r)
			b.Columns[0].AppendInt(v)
			for slot, k := range want {
				if k.Lo <= v && v <= k.Hi {
					rows[slot]++
				}
			}
		}
		if x.Fragments() == 0 {
			continue
		}
		var in expr.Input
		in.Reset([]*record.Column{&b.Columns[0]}, n)
		var hits index.Hits
		hits.Begin(0, n)
		hits.Fragments = make([]uint64, x.Fragments())
		x.Eval(&in, nil, &hits)
		x.Sum(hits.Fragments, func(slot int32, n uint64) {
			if n != rows[slot] || n == 0 {
				t.Errorf("%+v has %d rows, want %d", want[slot], n, rows[slot])
			}
			delete(rows, slot)
		})
		if len(rows) > 0 {
			t.Errorf("nothing was said of %v", rows)
		}
	}
}
