package build_test

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// padded returns a call that makes a long text.
func padded(of plan.Expr) plan.Expr {
	return &plan.Call{Func: "t_pad", Args: []plan.Expr{of}, Typ: record.VarcharType}
}

// holding is a query over documents of which much is made.
type holding struct {
	query     *plan.Output
	documents int
	text      int // bytes of the text of a document
	hashtags  int
	pieces    int // rows and groups, at least
}

func holdings(def *catalog.Stream) map[string]holding {
	const many = 2000
	lang, text, tags := column(def, "lang"), column(def, "text"), column(def, "hashtags")
	texts := record.ArrayOf(record.VarcharType)
	computed := func(q *plan.Output) holding { return holding{query: q, documents: many, pieces: 1000} }
	aliases := make([]plan.Expr, 500)
	for i := range aliases {
		aliases[i] = text
	}
	var all []plan.Agg
	for i := range 60 {
		separator := &plan.Literal{Value: record.Text(fmt.Sprint(i))}
		all = append(all, plan.Agg{Func: "string_agg", Args: []plan.Expr{text, separator}, Type: record.VarcharType})
	}
	list := plan.Agg{Func: "array_agg", Args: []plan.Expr{text}, Type: texts}
	greatest := plan.Agg{Func: "arg_max", Args: []plan.Expr{text, lang}, Type: record.VarcharType}
	different := plan.Agg{Func: "count", Args: []plan.Expr{text}, Distinct: true, Type: record.BigIntType}
	windowed := &plan.Window{In: scanOf(), Kind: plan.Tumble, Time: def.EventTime, Size: 1e6}
	top := &plan.TopK{In: projected(scanOf(), text, lang).In, K: 1000, Order: []plan.SortKey{{Expr: text, Desc: true}}}
	return map[string]holding{
		"computed rows": computed(projected(scanOf(), padded(lang), padded(text))),
		"computed groups": computed(grouped(scanOf(), []plan.Expr{padded(text)},
			plan.Agg{Func: "max", Args: []plan.Expr{padded(lang)}, Type: record.VarcharType})),
		"computed predicates": computed(projected(&plan.Filter{In: scanOf(), Pred: call(plan.FuncContains, padded(text), &plan.Literal{Value: record.Text("1")})},
			padded(lang))),
		"computed elements": computed(projected(unnested(words(text)), padded(element(1)))),
		"computed lists": computed(grouped(scanOf(), nil,
			plan.Agg{Func: "array_agg", Args: []plan.Expr{padded(text)}, Type: texts})),

		"rows of a large column":         {projected(scanOf(), text), many, 5_000, 0, many},
		"rows of a large column, sorted": {emit(top), many, 5_000, 0, 1},
		"elements beside a large column": {projected(unnested(tags), text, element(1)), 20, 10_000, 100, many},
		"500 aliases of a text":          {projected(scanOf(), aliases...), 50, 1000, 0, 50},
		"large keys":                     {grouped(scanOf(), []plan.Expr{text, lang}, count()), many, 5_000, 0, many},
		"large keys of windows":          {grouped(windowed, []plan.Expr{text}, count(), different), many, 5_000, 0, many},
		"large keys of elements":         {grouped(unnested(tags), []plan.Expr{text, element(1)}, count(), greatest), 20, 10_000, 100, many},
		"large array_agg":                {grouped(scanOf(), []plan.Expr{column(def, "id")}, list, count()), many, 5_000, 0, many},
		"large aggregates":               {grouped(scanOf(), nil, all...), 30, 5_000, 0, 1},
		"large values that are distinct": {grouped(unnested(tags), []plan.Expr{lang}, different, greatest), many, 5_000, 1, 1},
	}
}

// However much is made of the documents of one batch, little of it is there at a time.
func TestWhatABatchHolds(t *testing.T) {
	const computed, kept = 1 << 20, 2 << 20
	c, def := tweets(t)
	for name, h := range holdings(def) {
		t.Run(name, func(t *testing.T) {
			b := build.NewBuilder(c)
			b.SetFunctions(testFunction)
			if err := b.Add("q", h.query); err != nil {
				t.Fatal(err)
			}
			rows := h.rows()
			batch := batchOf(b.Program().Schema("tweets"), rows)
			partial := scan.NewPartial(b.Program())
			blocks, times, written := make([][][]byte, 2), 0, 0
			before := heap()
			take := func() {
				times++
				if got := partial.Bytes(); got > kept+2*computed+100*h.documents {
					t.Fatalf("%d bytes are held", got)
				}
				if times%4 == 2 { // to look takes long
					if got := heap() - before - written; got > 3*kept+2*computed {
						t.Fatalf("%d bytes are in memory, of which %d are known of", got, partial.Bytes())
					}
				}
				partial.WriteBlocks(1, 2, delta.MaxBlock, func(i int32, block []byte) {
					blocks[i] = append(blocks[i], block)
					written += cap(block)
				})
			}
			partial.Bound(scan.Budget{Computed: computed, Kept: kept, Full: take, MaxBlock: delta.MaxBlock})
			partial.Add(batch)
			take()
			if name == "computed lists" { // it keeps the first megabyte
				return
			}
			s := shapeOf(t, h.query)
			if want, got := naive(t, s, rows), folded(t, s, blocks, 1); !reflect.DeepEqual(got, want) || len(got.rows)+len(got.groups) < h.pieces {
				t.Errorf("%d rows and %d groups, want %d and %d", len(got.rows), len(got.groups), len(want.rows), len(want.groups))
			}
			if times < 3 {
				t.Errorf("it was full %d times", times)
			}
			runtime.KeepAlive(batch)
		})
	}
}

// heap returns how many bytes are in use.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func (h *holding) rows() (rows []*row) {
	for i := range h.documents {
		content := fmt.Sprint(strings.Repeat("x ", i%3), i)
		if h.text > 0 {
			content = fmt.Sprintf("%d%s", i, strings.Repeat("x", h.text))
		}
		var tags []record.Value
		for at := range h.hashtags {
			tags = append(tags, record.Text(fmt.Sprint("t", at)))
		}
		rows = append(rows, &row{values: map[string]record.Value{
			"id": record.Int(int64(i)), "text": record.Text(content), "lang": record.Text(fmt.Sprint("l", i%7)),
			"hashtags": record.List(record.VarcharType, tags),
		}, eventTime: 1, index: int32(i)})
	}
	return rows
}
