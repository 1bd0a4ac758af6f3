package plan

import "github.com/millrace/millrace/libs/record"

// Columns and literals of the plans below.
var (
	lang      = &Column{Name: "lang", Typ: record.VarcharType}
	text      = &Column{Name: "text", Typ: record.VarcharType}
	followers = &Column{Name: "user.followers_count", Typ: record.BigIntType}
	createdAt = &Column{Name: "created_at", Typ: record.TimestampType}
	tag       = &Column{Name: ElementColumn(1), Typ: record.VarcharType}
	hashtags  = &Column{Name: "hashtags", Typ: record.ArrayOf(record.VarcharType)}
)

func lit(v record.Value) Expr { return &Literal{Value: v} }

func call(name string, args ...Expr) Expr {
	return &Call{Func: name, Args: args, Typ: record.BooleanType}
}

func keyRef(i int, t record.Type) Expr { return &Ref{Kind: KeyRef, Index: i, Typ: t} }
func aggRef(i int, t record.Type) Expr { return &Ref{Kind: AggRef, Index: i, Typ: t} }

// unionBranch returns a plan that differs in what it reads.
func unionBranch(in Node, key Expr) *Output {
	return &Output{Emit: EmitChanges, In: &TopK{K: 2, Order: []SortKey{{Expr: keyRef(0, record.VarcharType)}}, In: &Project{
		In: &Filter{
			In:   &Aggregate{In: in, Keys: []Expr{key}, Aggs: []Agg{{Func: "count", Type: record.BigIntType}}},
			Pred: call(FuncLt, lit(record.Int(1)), aggRef(0, record.BigIntType)),
		},
		Cols: []NamedExpr{{"lang", keyRef(0, record.VarcharType)}, {"n", aggRef(0, record.BigIntType)}},
	}}}
}

type example struct {
	name string
	plan *Output
}

// examples are plans that use every node, expression, kind and flag at least
// once. Their bytes are golden.
func examples() []example {
	countAll := Agg{Func: "count", Type: record.BigIntType}
	scan := &Scan{Stream: "tweets"}
	return []example{
		{"rows", &Output{Emit: EmitChanges, In: &Project{
			In:   scan,
			Cols: []NamedExpr{{"id", &Column{Name: "id", Typ: record.BigIntType}}, {"what it says", text}},
		}}},
		{"global", &Output{Emit: EmitChanges, In: &Project{
			In: &Aggregate{
				In:   &Filter{In: scan, Pred: call(FuncContains, text, lit(record.Text("it's\nso")))},
				Aggs: []Agg{countAll},
			},
			Cols: []NamedExpr{{"count(*)", aggRef(0, record.BigIntType)}},
		}}},
		{"grouped", &Output{Emit: EmitChanges, In: &Project{
			In: &Filter{
				In: &Aggregate{
					In: &Filter{In: scan, Pred: call(FuncAnd,
						call(FuncEq, lang, lit(record.Text("en"))),
						call(FuncNot, call(FuncLe, followers, lit(record.Int(-100)))),
						call(FuncOr,
							call(FuncMember, hashtags, lit(record.Text("go"))),
							call(FuncIsNull, followers),
							call(FuncEq, lang, lit(record.NullOf(record.VarcharType)))))},
					Keys: []Expr{lang, hashtags},
					Aggs: []Agg{
						countAll,
						{Func: "avg", Args: []Expr{followers}, Type: record.DoubleType},
						{Func: "max", Args: []Expr{createdAt}, Filter: call(FuncILike, text, lit(record.Text("%a_"))), Type: record.TimestampType},
					},
				},
				Pred: call(FuncLt, aggRef(1, record.DoubleType), lit(record.Float(10))),
			},
			Cols: []NamedExpr{
				{"lang", keyRef(0, record.VarcharType)},
				{"n", aggRef(0, record.BigIntType)},
				{"a, b", aggRef(1, record.DoubleType)},
			},
		}}},
		{"window-top", &Output{Emit: EmitFinal, In: &TopK{
			K: 10,
			In: &Project{
				In: &Aggregate{
					In:   &Window{In: scan, Kind: Tumble, Time: "created_at", Size: 60_000_000},
					Keys: []Expr{lang},
					Aggs: []Agg{{Func: "sum", Args: []Expr{followers}, Type: record.BigIntType}},
				},
				Cols: []NamedExpr{
					{"window_start", &Ref{Kind: WindowStartRef, Typ: record.TimestampType}},
					{"window_end", &Ref{Kind: WindowEndRef, Typ: record.TimestampType}},
					{"lang", keyRef(0, record.VarcharType)},
				},
			},
			Order: []SortKey{
				{Expr: aggRef(0, record.BigIntType), Desc: true},
				{Expr: keyRef(0, record.VarcharType), NullsFirst: true},
				{Expr: &Ref{Kind: WindowStartRef, Typ: record.TimestampType}, Desc: true, NullsFirst: true},
			},
		}}},
		{"unnested", &Output{Emit: EmitChanges, In: &Project{
			In: &Aggregate{
				In: &Filter{
					In: &Unnest{
						In:    &Unnest{In: scan, Array: hashtags},
						Array: &Call{Func: "split", Args: []Expr{tag, lit(record.Text("_"))}, Typ: record.ArrayOf(record.VarcharType)},
					},
					Pred: call(FuncEq, lang, lit(record.Text("en"))),
				},
				Keys: []Expr{tag, &Column{Name: PositionColumn(2), Typ: record.BigIntType}},
				Aggs: []Agg{countAll},
			},
			Cols: []NamedExpr{{"tag", keyRef(0, record.VarcharType)}, {"position", keyRef(1, record.BigIntType)}, {"n", aggRef(0, record.BigIntType)}},
		}}},
		{"union", Unite([]*Output{
			unionBranch(&Scan{Stream: "tweets"}, lang),
			unionBranch(&Filter{In: &Scan{Stream: "posts"}, Pred: call(FuncIsNull, text)}, &Column{Name: "language", Typ: record.VarcharType}),
		})},
		{"union-rows", Unite([]*Output{
			{Emit: EmitChanges, In: &Project{In: &Scan{Stream: "tweets"}, Cols: []NamedExpr{{"x", lang}}}},
			{Emit: EmitChanges, In: &Project{In: &Unnest{In: scan, Array: hashtags}, Cols: []NamedExpr{{"x", tag}}}},
		})},
		{"literals", &Output{Emit: EmitChanges, In: &TopK{
			K:     1,
			Order: []SortKey{{Expr: text}},
			In: &Project{In: scan, Cols: []NamedExpr{
				{"", lit(record.Value{})},
				{"true", lit(record.Bool(true))},
				{"min", lit(record.Int(-1 << 63))},
				{"double", lit(record.Float(1e300))},
				{"text", lit(record.Text("水車"))},
				{"time", lit(record.TimestampOf(1475280000000001000))},
				{"day", lit(record.DateOf(17075))},
				{"list", lit(record.List(record.VarcharType, []record.Value{record.Text("a"), record.NullOf(record.VarcharType)}))},
				{"json", lit(record.JSONOf(`{"a":1}`))},
				{"nulls", lit(record.NullOf(record.ArrayOf(record.ArrayOf(record.DoubleType))))},
			}},
		}}},
	}
}
