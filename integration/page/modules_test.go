package page_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/millrace/millrace/integration/browser"
	"github.com/millrace/millrace/integration/page"
)

// TestModules asks the page's modules what nothing has to be seen for.
func TestModules(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b := browser.Open(t, ctx)
	house, err := page.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := house.Present(); err != nil {
		t.Fatal(err)
	}
	b.Do("go", chromedp.Navigate(house.URL+"/"))
	for _, c := range []struct{ module, expression, want string }{
		// Numbers keep all their digits, strings and keys that look like them stay.
		{"json.js", `m.stringify(m.parse('{"n":9007199254740993,"a":[-9223372036854775808,1.5,7,1e3],"s":"n12 \\"9007199254740993\\"","9007199254740993":null}'))`, `{"n":9007199254740993,"a":[-9223372036854775808,1.5,7,1000],"s":"n12 \"9007199254740993\"","9007199254740993":null}`},
		{"json.js", `m.stringify(m.parseMarked('{"n":9007199254740993,"a":[-9223372036854775808,1.5,7,1e3],"s":"n12 \\"9007199254740993\\"","9007199254740993":null}'))`, `{"n":9007199254740993,"a":[-9223372036854775808,1.5,7,1000],"s":"n12 \"9007199254740993\"","9007199254740993":null}`},
		{"json.js", `m.parseMarked('[true,null,"","\\u00e9"]').join("|")`, "true|||é"},
		{"format.js", `[m.number(9007199254740993n), m.number(-1234567), m.number(2, "DOUBLE"), m.number(1234.5678), m.number(0.0001234), m.number(0)].join(" ")`, "9,007,199,254,740,993 -1,234,567 2.00 1,234.57 0.0001234 0"},
		{"format.js", `[m.cell(null), m.cell(true), m.cell(["a", 1]), m.cell("2016-10-01T12:30:00.000Z", "TIMESTAMP"), m.cell("2016-10-01T12:30:00.250Z", "TIMESTAMP")].join(" ")`, "null true a, 1 2016-10-01 12:30:00 2016-10-01 12:30:00.250"},
		{"format.js", `[m.axis(0, 5), m.axis(2500, 500), m.axis(0.25, 0.25), m.axis(0.5, 0.1), m.axis(2000000, 500000)].join(" ")`, "0 2,500 0.25 0.5 2M"},

		// Axes have few, round ticks that hold all values.
		{
			"scale.js", `JSON.stringify([m.domain(0, 9), m.domain(3, 97), m.domain(9990, 10010), m.domain(5, 5), m.domain(-3, -1), m.domain(Infinity, -Infinity)].map((d) => m.ticks(d)))`,
			`[[0,2.5,5,7.5,10],[0,25,50,75,100],[9990,9995,10000,10005,10010],[0,2,4,6],[-3,-2,-1,0],[0,0.25,0.5,0.75,1]]`,
		},
		{"scale.js", `JSON.stringify([m.times(61000, 185000, 5), m.times(0, 5000, 5)])`, `[[90000,120000,150000,180000],[0,1000,2000,3000,4000,5000]]`},
		{"scale.js", `m.linear(0, 10, 100, 0)(2.5)`, "75"},

		// Lines keep their places; what is not drawn is summed up where that makes sense.
		{"series.js", `JSON.stringify(m.steady([{time: 0, matched: 1}, {time: 4000, matched: 2}], 5000).map((x) => [x.time, x.matched]))`, `[[0,1],[1000,1],[2000,1],[3000,1],[4000,2]]`},
		{"series.js", `JSON.stringify(m.speeds([[0, 0], [1000, 10], [2000, 20], [6000, 100]], 5000))`, `[[2000,10],[6000,18]]`},
		{"series.js", `(() => {
			const row = (k, n) => ({ key: [k], row: { k, n } });
			const many = (add) => [..."abcdefgh"].map((k, i) => row(k, (i + 1) * 10 + add));
			const of = (chosen) => m.lines([{ time: 0, rows: many(0) }, { time: 1000, rows: many(1) }], { name: "n", adds: true }, { chosen });
			const one = of([]), two = of(["[\"a\"]", "[\"gone\"]"]);
			return one.series.map((s) => s.label + s.value).join(" ") + "; " + two.series.map((s) => s.label).join(" ");
		})()`, "h81 g71 f61 e51 d41 c31 2 others32; a h g f e d 2 others"},
		{
			"series.js", `JSON.stringify(m.measures({ kind: "rows", sql: "SELECT user.id, count(*) AS n, avg(x) FROM t GROUP BY user.id", columns: [{name: "user.id", type: "BIGINT"}, {name: "n", type: "BIGINT"}, {name: "avg(x)", type: "DOUBLE"}] }, [{key: [7], row: {"user.id": 7, n: 7}}, {key: [8], row: {"user.id": 8, n: 1}}]).map((x) => [x.label, x.adds]))`,
			`[["n",true],["avg(x)",false],["posts matched",true]]`,
		},

		// The place of an error counts characters, not halves of them.
		{
			"sql.js", `JSON.stringify([m.place("SELECT lagn\nFROM tweets", 1, 8), m.place("SELECT '😀', lagn", 1, 13), m.place("a\nb c", 2, 3, '"c"'), m.place("a", 1, 2), m.place("a", 3, 1), m.place("x 'it''s' y", 1, 3)])`,
			`[{"from":7,"to":11},{"from":13,"to":17},{"from":4,"to":5},{"from":1,"to":1},{"from":1,"to":1},{"from":2,"to":9}]`,
		},
		{
			"sql.js", `m.tokens("SELECT count(*) FROM t -- x\nWHERE a = 'b' AND 1.5").filter((t) => t.kind).map((t) => t.kind + ":" + t.text).join("|")`,
			"keyword:SELECT|function:count|keyword:FROM|comment:-- x|keyword:WHERE|string:'b'|keyword:AND|number:1.5",
		},
		{"sql.js", `(() => { const s = "a 'b\nc -- /* ü \"q\" 7e3 😀;"; return m.tokens(s).map((t) => t.text).join("") === s; })()`, "true"},
		{"sql.js", `[m.replacement("did you mean lang?"), m.replacement("write GROUP BY lang"), m.replacement(undefined)].join(" ")`, "lang  "},
		{"rows.js", `[3, null, 1n, 2, null].sort(m.compare).map(String).join(" ")`, "1 2 3 null null"},
	} {
		got := browser.Eval[string](b, `import("/page/`+c.module+`").then((m) => String(`+c.expression+`))`)
		if got != c.want {
			t.Errorf("%s: %s\n gives %s\n want  %s", c.module, c.expression, got, c.want)
		}
	}
}
