package agg

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func TestMergeIsAssociativeAndCommutative(t *testing.T) {
	for _, s := range subjects(t) {
		t.Run(s.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for range 100 {
				parts := make([]State, 3)
				whole := s.f.New()
				for i := range parts {
					parts[i] = s.f.New()
					cols := columns(s.args)
					for row := range r.IntN(40) {
						s.fill(r, cols)
						parts[i].Update(cols, only(row))
						whole.Update(cols, only(row))
					}
				}
				merge := func(states ...State) State {
					out := s.f.New()
					for _, x := range states {
						before := x.Append(nil)
						out.Merge(x)
						if !bytes.Equal(before, x.Append(nil)) {
							t.Fatal("merge changed its argument")
						}
					}
					return out
				}
				a, b, c := parts[0], parts[1], parts[2]
				same(t, "whole", merge(a, b, c), whole)
				same(t, "commutative", merge(a, b), merge(b, a))
				same(t, "associative", merge(merge(a, b), c), merge(a, merge(b, c)))
				same(t, "identity", merge(a, s.f.New()), a)
				for _, x := range parts {
					enc := x.Append([]byte("prefix"))[len("prefix"):]
					y, err := s.f.Decode(enc)
					if err != nil {
						t.Fatalf("decode %x: %v", enc, err)
					}
					if !bytes.Equal(y.Append(nil), enc) {
						t.Fatalf("encoded again: %x, want %x", y.Append(nil), enc)
					}
					v, err := x.Result()
					w, err2 := y.Result()
					if !errors.Is(err2, err) || record.Compare(v, w) != 0 {
						t.Fatalf("result %v %v after decoding, %v %v before", w, err2, v, err)
					}
				}
			}
		})
	}
}

// What is updated with many rows at once is what it is with one after the other.
func TestUpdateWithManyRows(t *testing.T) {
	for _, s := range subjects(t) {
		t.Run(s.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(9, 10))
			for range 100 {
				cols := columns(s.args)
				n := 1 + r.IntN(200)
				for range n {
					s.fill(r, cols)
				}
				many, single := s.f.New(), s.f.New()
				var grown, singly int
				for first := true; first || r.IntN(3) > 0; first = false {
					var rows []int32
					for row := range n {
						if r.IntN(3) == 0 {
							rows = append(rows, int32(row))
							singly += single.Update(cols, only(row))
						}
					}
					grown += many.Update(cols, rows)
				}
				same(t, "many at once", many, single)
				if grown != singly {
					t.Errorf("grown by %d bytes, not %d", grown, singly)
				}
			}
		})
	}
}

// only returns the rows that are one row.
func only(row int) []int32 { return []int32{int32(row)} }

func TestResetIsNew(t *testing.T) {
	for _, s := range subjects(t) {
		r := rand.New(rand.NewPCG(5, 6))
		used := s.f.New()
		for range 50 {
			fresh, cols := s.f.New(), columns(s.args)
			used.Reset()
			same(t, s.name+", after a reset", used, fresh)
			for row := range r.IntN(40) {
				s.fill(r, cols)
				used.Update(cols, only(row))
				fresh.Update(cols, only(row))
			}
			same(t, s.name+", used again", used, fresh)
		}
	}
}

func TestStatesOutliveTheirBatch(t *testing.T) {
	for _, s := range subjects(t) {
		r := rand.New(rand.NewPCG(3, 4))
		cols := columns(s.args)
		state := s.f.New()
		memory := []byte("mutable")
		for row := range 5 {
			s.fill(r, cols)
			for _, c := range cols {
				if c.Type.Kind == record.Varchar && c.Valid.At(row) {
					c.Strs[row] = unsafeString(memory)
				}
			}
			state.Update(cols, only(row))
		}
		before := state.Append(nil)
		copy(memory, "MUTABLE")
		if !bytes.Equal(before, state.Append(nil)) {
			t.Errorf("%s keeps strings of the batch", s.name)
		}
	}
}

func run(t *testing.T, name string, vs ...record.Value) (record.Value, error) {
	t.Helper()
	f, err := Lookup(plan.Agg{Func: name, Args: []plan.Expr{column(vs[0].Type())}})
	if err != nil {
		t.Fatal(err)
	}
	s := f.New()
	cols := columns([]record.Type{vs[0].Type()})
	for i, v := range vs {
		switch {
		case v.IsNull():
			cols[0].AppendNull()
		case v.Type().Kind == record.Double:
			cols[0].AppendFloat(v.Float())
		case v.Type().Kind == record.Varchar:
			cols[0].AppendStr(v.Str())
		default:
			cols[0].AppendInt(v.Int())
		}
		s.Update(cols, only(i))
	}
	return s.Result()
}

func TestResults(t *testing.T) {
	null, nullF := record.NullOf(record.BigIntType), record.NullOf(record.DoubleType)
	inf, nan := math.Inf(1), math.NaN()
	i, f := record.Int, record.Float
	for _, c := range []struct {
		name string
		in   []record.Value
		want record.Value
		err  error
	}{
		{"count", []record.Value{i(1), null, i(2)}, i(2), nil},
		{"sum", []record.Value{null}, null, nil},
		{"sum", []record.Value{i(1), null, i(-5)}, i(-4), nil},
		{"sum", []record.Value{i(math.MaxInt64), i(1)}, record.Value{}, ErrOverflow},
		{"sum", []record.Value{i(math.MinInt64), i(-1)}, record.Value{}, ErrOverflow},
		{"sum", []record.Value{i(math.MaxInt64), i(math.MaxInt64), i(-math.MaxInt64)}, i(math.MaxInt64), nil},
		{"sum", []record.Value{i(math.MinInt64), i(math.MinInt64), i(math.MaxInt64), i(1)}, i(math.MinInt64), nil},
		{"avg", []record.Value{null}, nullF, nil},
		{"avg", []record.Value{i(1), null, i(2)}, f(1.5), nil},
		{"avg", []record.Value{i(math.MaxInt64), i(math.MaxInt64)}, f(math.MaxInt64), nil},
		{"avg", []record.Value{i(1<<53 + 1), i(1<<53 + 3)}, f(1<<53 + 2), nil},
		{"sum", []record.Value{nullF}, nullF, nil},
		{"sum", []record.Value{f(1e100), f(1), f(-1e100)}, f(1), nil},
		{"sum", []record.Value{f(0.1), f(0.2), f(0.3), nullF}, f(0.6), nil},
		{"sum", []record.Value{f(math.MaxFloat64), f(math.MaxFloat64), f(-math.MaxFloat64)}, f(math.MaxFloat64), nil},
		{"sum", []record.Value{f(math.MaxFloat64), f(math.MaxFloat64)}, record.Value{}, ErrOverflow},
		{"avg", []record.Value{f(math.MaxFloat64), f(math.MaxFloat64)}, f(math.MaxFloat64), nil},
		{"sum", []record.Value{f(inf), f(1)}, f(inf), nil},
		{"sum", []record.Value{f(-inf), f(1)}, f(-inf), nil},
		{"sum", []record.Value{f(inf), f(-inf)}, f(nan), nil},
		{"avg", []record.Value{f(nan), f(1)}, f(nan), nil},
		{"min", []record.Value{f(nan), f(1), nullF}, f(1), nil},
		{"max", []record.Value{f(inf), f(nan), f(1)}, f(nan), nil},
		{"min", []record.Value{null, i(5), i(-3), i(2)}, i(-3), nil},
		{"max", []record.Value{null}, null, nil},
		{"max", []record.Value{record.Text("a"), record.Text("日"), record.Text("b")}, record.Text("日"), nil},
		{"min", []record.Value{record.TimestampOf(5), record.TimestampOf(-5)}, record.TimestampOf(-5), nil},
		{"max", []record.Value{record.DateOf(5), record.DateOf(-5)}, record.DateOf(5), nil},
	} {
		got, err := run(t, c.name, c.in...)
		if !errors.Is(err, c.err) {
			t.Errorf("%s%v: error %v, want %v", c.name, c.in, err, c.err)
			continue
		}
		if err == nil && (record.Compare(got, c.want) != 0 || !got.Type().Equal(c.want.Type())) {
			t.Errorf("%s%v = %v (%v), want %v (%v)", c.name, c.in, got, got.Type(), c.want, c.want.Type())
		}
	}
}

// Sums and averages of integers are exact, whatever their size.
func TestIntegerSumIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		s := sumInt{}.New().(*sumIntState)
		cols := columns([]record.Type{record.BigIntType})
		want := new(big.Int)
		rows := 1 + r.IntN(50)
		for i := range rows {
			v := int64(r.Uint64()) >> r.IntN(60)
			cols[0].AppendInt(v)
			s.Update(cols, only(i))
			want.Add(want, big.NewInt(v))
		}
		got, err := s.Result()
		if want.IsInt64() != (err == nil) || err == nil && got.Int() != want.Int64() {
			t.Fatalf("sum %v %v, want %v", got, err, want)
		}
		mean, _ := new(big.Rat).SetFrac(want, big.NewInt(int64(rows))).Float64()
		if got := s.mean(); got != mean {
			t.Fatalf("mean %v, want %v", got, mean)
		}
	}
}

func TestLookupRefuses(t *testing.T) {
	for _, spec := range []plan.Agg{
		{Func: "sum"},
		{Func: "sum", Args: []plan.Expr{column(record.VarcharType)}},
		{Func: "max", Args: []plan.Expr{column(record.ArrayOf(record.BigIntType))}},
		{Func: "median", Args: []plan.Expr{column(record.BigIntType)}},
	} {
		if _, err := Lookup(spec); err == nil {
			t.Errorf("%+v: no error", spec)
		}
	}
	if _, err := TopRows(TopSpec{K: 1}); err == nil {
		t.Error("top rows without columns: no error")
	}
}

func TestAppendCountIsCountStar(t *testing.T) {
	s, err := count{}.Decode(AppendCount(nil, 300))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := s.Result(); v.Int() != 300 {
		t.Errorf("got %v", v)
	}
}

func FuzzDecode(f *testing.F) {
	subs := subjects(f)
	r := rand.New(rand.NewPCG(7, 8))
	for i, s := range subs {
		state := s.f.New()
		f.Add(uint8(i), state.Append(nil))
		cols := columns(s.args)
		for row := range 4 {
			s.fill(r, cols)
			state.Update(cols, only(row))
		}
		f.Add(uint8(i), state.Append(nil))
	}
	f.Fuzz(func(t *testing.T, i uint8, b []byte) {
		s := subs[int(i)%len(subs)]
		in := slices.Clone(b)
		state, err := s.f.Decode(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%v does not wrap ErrMalformed", err)
			}
			return
		}
		clear(b)
		enc := state.Append(nil)
		again, err := s.f.Decode(enc)
		if err != nil {
			t.Fatalf("%s: %x, written again as %x: %v", s.name, in, enc, err)
		}
		if !bytes.Equal(enc, again.Append(nil)) {
			t.Errorf("%s: %x, then %x", s.name, enc, again.Append(nil))
		}
		again.Merge(state)
		_, _ = again.Result()
	})
}
