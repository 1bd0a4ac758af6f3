package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// decoder returns what reads the documents of a stream, as the scan does.
func decoder(t *testing.T, s *catalog.Stream) jsonscan.Decoder {
	t.Helper()
	var spec jsonscan.Spec
	for _, c := range s.Columns {
		col := jsonscan.Column{Name: c.Name, Type: c.Type, Formats: c.Formats, NumericStrings: c.NumericStrings, AbsentIsFalse: c.AbsentIsFalse}
		for _, p := range c.Paths {
			col.Paths = append(col.Paths, jsonscan.Path(p))
		}
		spec.Columns = append(spec.Columns, col)
	}
	dec, err := jsonscan.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return dec
}

// row reads a document into the row of its stream, as JSON by column.
func row(t *testing.T, dec jsonscan.Decoder, doc string) (values map[string]string, mismatches string) {
	t.Helper()
	b := record.NewBatch(dec.Schema())
	if err := dec.Decode([]byte(doc), b); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	values = map[string]string{}
	for i, f := range dec.Schema().Fields {
		values[f.Name] = string(record.AppendJSON(nil, b.Columns[i].Value(0)))
		if b.Mismatches[i] > 0 {
			mismatches += " " + f.Name
		}
	}
	return values, mismatches
}

// TestOnePostInEveryFormat: a post is the same row as v1.1, v2, flat JSON, csv
// and tsv, on its own and in an array.
func TestOnePostInEveryFormat(t *testing.T) {
	const (
		v1 = `{"created_at":"Wed Jun 24 16:28:14 +0000 2020","id":1275800000000000003,"id_str":"1275800000000000003","full_text":"ours, too!\n\"yes\" #mill #stream","source":"Web",
			"user":{"id":9007199254740993,"screen_name":"bo","name":"Bo, S.","location":"Leeds","verified":false,"followers_count":88,"friends_count":90,"statuses_count":1200},
			"entities":{"hashtags":[{"text":"mill"},{"text":"stream"}],"user_mentions":[{"screen_name":"mara"}],"urls":[{"url":"https://t.co/x","expanded_url":"https://example.org/a"}]},
			"in_reply_to_status_id":783600000000000001,"place":{"country_code":"GB","full_name":"Leeds, England"},"retweet_count":2,"favorite_count":9,"lang":"en"}`
		v2 = `{"data":{"id":"1275800000000000003","text":"ours, too!\n\"yes\" #mill #stream","author_id":"9007199254740993","created_at":"2020-06-24T16:28:14.000Z","lang":"en","source":"Web",
			"public_metrics":{"retweet_count":2,"like_count":9},"entities":{"hashtags":[{"tag":"mill"},{"tag":"stream"}],"mentions":[{"username":"mara"}],"urls":[{"url":"https://t.co/x","expanded_url":"https://example.org/a"}]},
			"referenced_tweets":[{"type":"replied_to","id":"783600000000000001"}],"geo":{"place_id":"p"}},
			"includes":{"users":[{"id":"9007199254740993","name":"Bo, S.","username":"bo","location":"Leeds","verified":false,"public_metrics":{"followers_count":88,"following_count":90,"tweet_count":1200}}],
			"places":[{"id":"p","full_name":"Leeds, England","country_code":"GB"}]}}`
		flat = `{"id":1275800000000000003,"created_at":"2020-06-24T16:28:14Z","text":"ours, too!\n\"yes\" #mill #stream","lang":"en","source":"Web","user_id":9007199254740993,"user.screen_name":"bo",
			"user_name":"Bo, S.","user_location":"Leeds","user_followers_count":88,"user.friends_count":90,"user_statuses_count":1200,"user_verified":false,"hashtags":["mill","stream"],"mentions":["mara"],
			"urls":["https://example.org/a"],"retweet_count":2,"favorite_count":9,"is_retweet":false,"is_reply":true,"reply_to":783600000000000001,"place_country_code":"GB","place.full_name":"Leeds, England"}`
		header = "id,created_at,text,lang,source,user_id,user.screen_name,user_name,user_location,user_followers_count,user.friends_count,user_statuses_count,user_verified,hashtags,mentions,urls," +
			"retweet_count,favorite_count,is_retweet,is_reply,reply_to,place_country_code,place.full_name"
		cells = "1275800000000000003,1593016094000,\"ours, too!\n\"\"yes\"\" #mill #stream\",en,Web,9007199254740993,bo,\"Bo, S.\",Leeds,88,90,1200,f,mill;stream,mara,\"[\"\"https://example.org/a\"\"]\"," +
			"2,9,0,1,783600000000000001,GB,\"Leeds, England\""
	)
	rows, err := csv.NewReader(strings.NewReader(header + "\n" + cells + "\n")).ReadAll()
	if err != nil || len(rows[0]) != len(rows[1]) {
		t.Fatalf("%d columns, %d cells, %v", len(rows[0]), len(rows[1]), err)
	}
	var tsvCells []string
	for _, cell := range rows[1] {
		tsvCells = append(tsvCells, strings.ReplaceAll(cell, "\n", `\n`))
	}
	stream := tweets(t)
	dec := decoder(t, stream)
	want, _ := row(t, dec, v1)
	if want["text"] != `"ours, too!\n\"yes\" #mill #stream"` || want["hashtags"] != `["mill","stream"]` || want["is_reply"] != "true" {
		t.Fatalf("the post itself is read as %v", want)
	}
	oneLine := func(doc string) string {
		var b bytes.Buffer
		if err := json.Compact(&b, []byte(doc)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, tt := range []struct {
		name    string
		format  Format
		content string
	}{
		{"v1.1", JSON, v1},
		{"v2", JSON, v2},
		{"flat", JSON, flat},
		{"array", JSON, "[" + v1 + ",\n" + v2 + "," + flat + "]"},
		{"ndjson", NDJSON, oneLine(v1) + "\n" + oneLine(v2) + "\r\n" + oneLine(flat)},
		{"csv", CSV, header + "\r\n" + cells + "\r\n"},
		{"tsv", TSV, strings.Join(rows[0], "\t") + "\n" + strings.Join(tsvCells, "\t") + "\n"},
	} {
		docs := convert(t, tt.format, Settings{Stream: stream}, tt.content)
		n := 0
		for doc := range strings.Lines(docs) {
			got, mismatches := row(t, dec, doc)
			if fmt.Sprint(got) != fmt.Sprint(want) || mismatches != "" {
				t.Errorf("%s: %v\nwant %v\nmismatches:%s", tt.name, got, want, mismatches)
			}
			n++
		}
		if n == 0 {
			t.Errorf("%s: nothing", tt.name)
		}
	}
}

// TestCatalogExamplesAsTables: the rows of the catalog's own examples are the
// same when they are written as csv and tsv.
func TestCatalogExamplesAsTables(t *testing.T) {
	stream := tweets(t)
	dec := decoder(t, stream)
	for _, e := range stream.Examples {
		want, _ := row(t, dec, e.Document)
		var names, cells []string
		for _, c := range stream.Columns {
			cell := want[c.Name]
			var text string
			if cell == "null" || cell == `""` || json.Unmarshal([]byte(cell), &text) == nil {
				cell = text
			}
			if c.Name == "user.location" && text == "" {
				want[c.Name] = "null" // a table does not tell an empty text from none
			}
			names, cells = append(names, c.Name), append(cells, cell)
		}
		var table bytes.Buffer
		w := csv.NewWriter(&table)
		if err := w.WriteAll([][]string{names, cells}); err != nil {
			t.Fatal(err)
		}
		for i := range cells {
			cells[i] = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(cells[i])
		}
		for format, content := range map[Format]string{CSV: table.String(), TSV: strings.Join(names, "\t") + "\n" + strings.Join(cells, "\t") + "\n"} {
			got, mismatches := row(t, dec, convert(t, format, Settings{Stream: stream}, content))
			if fmt.Sprint(got) != fmt.Sprint(want) || mismatches != "" {
				t.Errorf("%s as %s: %v\nwant %v\nmismatches:%s", e.Name, format, got, want, mismatches)
			}
		}
	}
}
