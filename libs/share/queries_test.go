package share

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func col(name string, t record.Type) *plan.Column { return &plan.Column{Name: name, Typ: t} }

func call(fn string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: fn, Args: args, Typ: record.BooleanType}
}

func containsGo() plan.Expr {
	return call(plan.FuncContains, col("text", record.VarcharType), &plan.Literal{Value: record.Text("go")})
}

func lang(s string) plan.Expr {
	return call(plan.FuncEq, col("lang", record.VarcharType), &plan.Literal{Value: record.Text(s)})
}

func few(n int64) plan.Expr {
	return call(plan.FuncLe, col("user.followers_count", record.BigIntType), &plan.Literal{Value: record.Int(n)})
}

func tags() []plan.Expr { return []plan.Expr{col("hashtags", record.ArrayOf(record.VarcharType))} }

// parts is an array of what tags unnests.
func parts() plan.Expr {
	return &plan.Call{Func: "words", Args: []plan.Expr{col(plan.ElementColumn(1), record.VarcharType)}, Typ: record.ArrayOf(record.VarcharType)}
}

// query builds a plan in the order of its nodes.
type query struct {
	unnest []plan.Expr
	also   []plan.Expr // further WHEREs, of the branches of a union
	where  plan.Expr
	window int64
	group  bool
	keys   []plan.Expr
	aggs   []plan.Agg
	having plan.Expr
	cols   []plan.NamedExpr
	order  []plan.SortKey
	k      int64
	emit   plan.Emit
}

func (q query) plan() *plan.Output {
	branches := []*plan.Output{q.branch()}
	for _, where := range q.also {
		q.where = where
		branches = append(branches, q.branch())
	}
	return plan.Unite(branches)
}

func (q query) branch() *plan.Output {
	var n plan.Node = &plan.Scan{Stream: "tweets"}
	for _, array := range q.unnest {
		n = &plan.Unnest{In: n, Array: array}
	}
	if q.where != nil {
		n = &plan.Filter{In: n, Pred: q.where}
	}
	if q.window > 0 {
		n = &plan.Window{In: n, Kind: plan.Tumble, Time: "created_at", Size: q.window}
	}
	if q.group || q.keys != nil || q.aggs != nil {
		n = &plan.Aggregate{In: n, Keys: q.keys, Aggs: q.aggs}
	}
	if q.having != nil {
		n = &plan.Filter{In: n, Pred: q.having}
	}
	n = &plan.Project{In: n, Cols: q.cols}
	if q.k > 0 {
		n = &plan.TopK{In: n, Order: q.order, K: q.k}
	}
	if q.emit == 0 {
		q.emit = plan.EmitChanges
	}
	return &plan.Output{In: n, Emit: q.emit}
}

func named(name string, e plan.Expr) plan.NamedExpr { return plan.NamedExpr{Name: name, Expr: e} }

func aggRef(i int, t record.Type) plan.Expr {
	return &plan.Ref{Kind: plan.AggRef, Index: i, Typ: t}
}

func keyRef(i int, t record.Type) plan.Expr {
	return &plan.Ref{Kind: plan.KeyRef, Index: i, Typ: t}
}

// queries are what the golden files name.
func queries() map[string]query {
	text, langCol := col("text", record.VarcharType), col("lang", record.VarcharType)
	followers, tag := col("user.followers_count", record.BigIntType), col(plan.ElementColumn(1), record.VarcharType)
	count := plan.Agg{Func: "count", Type: record.BigIntType}
	avg := plan.Agg{Func: "avg", Args: []plan.Expr{followers}, Type: record.DoubleType}
	n := named("n", aggRef(0, record.BigIntType))
	byLang := named("lang", keyRef(0, record.VarcharType))
	both := call(plan.FuncAnd, containsGo(), lang("en"))
	more := call(plan.FuncNot, call(plan.FuncLe, aggRef(0, record.BigIntType), &plan.Literal{Value: record.Int(10)}))
	return map[string]query{
		"count-all":        {aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"count-go":         {where: containsGo(), aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"count-go-renamed": {where: containsGo(), aggs: []plan.Agg{count}, cols: []plan.NamedExpr{named("posts", n.Expr)}},
		"count-not-go":     {where: call(plan.FuncNot, containsGo()), aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"count-go-en":      {where: both, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"by-lang":          {where: both, keys: []plan.Expr{langCol}, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{byLang, n}},
		"by-lang-avg": {
			where: both, keys: []plan.Expr{langCol}, aggs: []plan.Agg{avg, count}, having: call(plan.FuncIsNull, aggRef(0, record.DoubleType)),
			cols: []plan.NamedExpr{byLang, named("a", aggRef(0, record.DoubleType))},
		},
		"by-lang-top": {
			where: both, keys: []plan.Expr{langCol}, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{byLang, n},
			order: []plan.SortKey{{Expr: n.Expr, Desc: true}}, k: 3,
		},
		"by-lang-windowed": {
			where: both, window: 60000000, keys: []plan.Expr{langCol}, aggs: []plan.Agg{count}, having: more,
			cols: []plan.NamedExpr{named("at", &plan.Ref{Kind: plan.WindowStartRef, Typ: record.TimestampType}), byLang, n}, emit: plan.EmitFinal,
		},
		"langs": {group: true, keys: []plan.Expr{langCol}, cols: []plan.NamedExpr{byLang}},
		"filtered": {
			aggs: []plan.Agg{{Func: "count", Filter: lang("en"), Type: record.BigIntType}, count},
			cols: []plan.NamedExpr{n, named("all", aggRef(1, record.BigIntType))},
		},
		"rows":         {where: both, cols: []plan.NamedExpr{named("text", text)}},
		"rows-renamed": {where: both, cols: []plan.NamedExpr{named("t", text)}},
		"rows-top": {
			where: both, cols: []plan.NamedExpr{named("text", text)},
			order: []plan.SortKey{{Expr: followers, Desc: true, NullsFirst: true}}, k: 5,
		},
		"tags":        {unnest: tags(), keys: []plan.Expr{tag}, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{named("tag", keyRef(0, record.VarcharType)), n}},
		"tags-en":     {unnest: tags(), where: lang("en"), aggs: []plan.Agg{count}, cols: []plan.NamedExpr{n}},
		"tag-parts":   {unnest: append(tags(), parts()), where: lang("en"), cols: []plan.NamedExpr{named("part", col(plan.ElementColumn(2), record.VarcharType))}},
		"en-or-few":   {where: lang("en"), also: []plan.Expr{few(10), lang("en")}, keys: []plan.Expr{langCol}, aggs: []plan.Agg{count}, cols: []plan.NamedExpr{byLang, n}},
		"rows-united": {where: lang("en"), also: []plan.Expr{nil}, cols: []plan.NamedExpr{named("text", text)}},
		"either":      {where: call(plan.FuncOr, both, few(10)), cols: []plan.NamedExpr{named("text", text)}},
	}
}
