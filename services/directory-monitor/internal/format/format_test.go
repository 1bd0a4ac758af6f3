package format

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/directory-monitor/internal/split"
)

func tweets(t testing.TB) *catalog.Stream {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	s, ok := c.Stream("tweets")
	if !ok {
		t.Fatal("no stream tweets")
	}
	return s
}

// convert returns the documents of a content, one a line, and what is wrong with
// records in the lines' place.
func convert(t testing.TB, f Format, s Settings, content string) string {
	t.Helper()
	r, c := split.New(1<<20), f.Converter(s)
	r.Reset(strings.NewReader(content), 0, 0, f.Splitter(split.Between))
	var out strings.Builder
	take := func(rec *split.Record) {
		if rec.Fault != "" {
			out.WriteString("! " + rec.Fault + "\n")
			return
		}
		if table, ok := c.(*Table); ok && !table.Begun() && !table.Blank(rec.Bytes) {
			header, err := table.Begin(rec.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			if header {
				return
			}
		}
		doc, err := c.Document(rec.Bytes)
		switch {
		case err != nil:
			out.WriteString("! " + err.Error() + "\n")
		case doc != nil:
			if strings.ContainsAny(string(doc), "\n") {
				t.Errorf("%q is more than a line", doc)
			}
			out.WriteString(string(doc) + "\n")
		}
	}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		take(rec)
	}
	for {
		rec, ok := r.TakeRest()
		if !ok {
			return out.String()
		}
		take(rec)
	}
}

func TestDocuments(t *testing.T) {
	stream := tweets(t)
	for _, tt := range []struct {
		name    string
		format  Format
		columns []string
		content string
		want    string
	}{
		{"lines of JSON are taken as they are", NDJSON, nil, "{\"a\": 1}\n\n \t\r\nbroken\n[]\r\n", "{\"a\": 1}\nbroken\n[]\r\n"},
		{"documents are put on one line", JSON, nil, "{\"a\": 1}\n{\n\t\"b c\": [ 1,\r\n 2 ],\n \"d\": \"x  \\n y\"\n}", "{\"a\": 1}\n{\"b c\":[1,2],\"d\":\"x  \\n y\"}\n"},
		{"elements of an array", JSON, nil, "[ {\"a\": 1}, 2,\n{\n}, [\n3]\n]\n", "{\"a\": 1}\n2\n{}\n[3]\n"},
		{"what cannot be put on one line", JSON, nil, "{\"a\":tru,\n\"b\":1}\n{\"a\":tru}", "! not a JSON document: invalid character ',' in literal true (expecting 'e')\n{\"a\":tru}\n"},
		{"lines of text", Text, nil, "a \"quoted\"\ttext\\ \r\n\n   \n<b>&amp;</b> \x01 水車 \xff\xfe\n", "{\"text\":\"a \\\"quoted\\\"\\ttext\\\\ \"}\n{\"text\":\"<b>&amp;</b> \\u0001 水車 \\ufffd\\ufffd\"}\n"},
		{
			"cells are values of their columns' types", CSV, nil,
			"id,text,user_verified,user.followers_count,hashtags,created_at,favorite_count,extra,lang\r\n" +
				"783600000000000001,12,t,-5,a; b,1475658847123,1e3,7,\r\n" +
				"007,\"say \"\"hi\"\"\nthere\",yes,1.5x,\"[\"\"x\"\",\n\"\"y;z\"\"]\",Wed Oct 05 09:14:07 +0000 2016, 5,\"\",en\r\n" +
				"\n,,FALSE,,['a'],,,,\n5,x,0,1.0,one,,,a|b,x|y\n6,,1,,a|b||c d,,,,\n7,,,,;,,,,\n",
			`{"id":783600000000000001,"text":"12","user_verified":true,"user.followers_count":-5,"hashtags":["a","b"],"created_at":1475658847123,"favorite_count":1e3,"extra":"7","lang":null}` + "\n" +
				`{"id":"007","text":"say \"hi\"\nthere","user_verified":"yes","user.followers_count":"1.5x","hashtags":["x","y;z"],"created_at":"Wed Oct 05 09:14:07 +0000 2016","favorite_count":" 5","extra":null,"lang":"en"}` + "\n" +
				`{"id":null,"text":null,"user_verified":false,"user.followers_count":null,"hashtags":"['a']","created_at":null,"favorite_count":null,"extra":null,"lang":null}` + "\n" +
				`{"id":5,"text":"x","user_verified":false,"user.followers_count":1.0,"hashtags":["one"],"created_at":null,"favorite_count":null,"extra":"a|b","lang":"x|y"}` + "\n" +
				`{"id":6,"text":null,"user_verified":true,"user.followers_count":null,"hashtags":["a","b","c d"],"created_at":null,"favorite_count":null,"extra":null,"lang":null}` + "\n" +
				`{"id":7,"text":null,"user_verified":null,"user.followers_count":null,"hashtags":[],"created_at":null,"favorite_count":null,"extra":null,"lang":null}` + "\n",
		},
		{
			"too few, too many", CSV, nil, "id,text\n1\n2,a,b\n3,c\n",
			"! 1 field, 2 are expected: id, text\n! 3 fields, 2 are expected: id, text\n{\"id\":3,\"text\":\"c\"}\n",
		},
		{"declared columns", CSV, []string{"id", "text"}, "\uFEFF1,a\nid,text\n", "{\"id\":1,\"text\":\"a\"}\n{\"id\":\"id\",\"text\":\"text\"}\n"},
		{"a header that says what is declared", CSV, []string{"id", "text"}, "\uFEFF\"id\",text\r\n1,a\n", "{\"id\":1,\"text\":\"a\"}\n"},
		{"the names of a header", CSV, nil, "\n id ,\"x,\n \"\"y\"\"\"\n1,2", "{\"id\":1,\"x,\\n \\\"y\\\"\":\"2\"}\n"},
		{
			"tabs", TSV, nil, "id\ttext\tlang\thashtags\r\n1\ta \\\"b\\\" \\t\\n\\r\\\\ c\\\t\\N\t\"q\"\r\n\r\n2\t\\\\N\t\t\n3\tx\n",
			"{\"id\":1,\"text\":\"a \\\\\\\"b\\\\\\\" \\t\\n\\r\\\\ c\\\\\",\"lang\":null,\"hashtags\":[\"\\\"q\\\"\"]}\n{\"id\":2,\"text\":\"\\\\N\",\"lang\":null,\"hashtags\":null}\n" +
				"! 2 fields, 4 are expected: id, text, lang, hashtags\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := convert(t, tt.format, Settings{Columns: tt.columns, Stream: stream}, tt.content)
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if !tt.format.Made() {
				return
			}
			for line := range strings.Lines(got) {
				if !strings.HasPrefix(line, "! ") && !json.Valid([]byte(line)) {
					t.Errorf("%q is not JSON", line)
				}
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	for header, want := range map[string]string{
		"id,text,id":     `its first line names the columns: columns 1 and 3 are both called "id"; correct it, or declare the columns (--columns) if that line is data`,
		"id,,text":       "its first line names the columns: column 2 of 3 has no name; correct it",
		"id, ":           "column 2 of 2 has no name",
		"a\xff,a\uFFFD":  "columns 1 and 2 are both called",
		"id,text\r1,a\r": "there is a carriage return in the name of column 2",
	} {
		table := CSV.Converter(Settings{}).(*Table)
		if _, err := table.Begin([]byte(header)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", header, err)
		}
	}
	// What is wrong with a first line of data is told where it is converted.
	table := CSV.Converter(Settings{Columns: []string{"a"}}).(*Table)
	if header, err := table.Begin([]byte(`"x`)); header || err != nil || !table.Begun() {
		t.Errorf("%v, %v", header, err)
	}
	if _, err := table.Document([]byte(`"x`)); err == nil {
		t.Error("no error")
	}
	if doc, err := table.Document([]byte(`"y"`)); err != nil || string(doc) != `{"a":"y"}` {
		t.Errorf("%s, %v", doc, err)
	}
	if n := table.Known(); n != 0 {
		t.Errorf("%d columns are known", n)
	}
}

func TestColumnsInOtherLetters(t *testing.T) {
	table := CSV.Converter(Settings{Stream: tweets(t)}).(*Table)
	if _, err := table.Begin([]byte("ID,Text,text,lang,other")); err != nil {
		t.Fatal(err)
	}
	if near := table.Nearly(); len(near) != 1 || near[0] != "ID (id)" {
		t.Errorf("%q", near)
	}
}

// A message is part of a record, and a name may be as long as one.
func TestLongNamesAreCutInMessages(t *testing.T) {
	long := strings.Repeat("\x01水", 100_000)
	table := CSV.Converter(Settings{}).(*Table)
	if _, err := table.Begin([]byte(long + "," + long)); err == nil || len(err.Error()) > 1000 {
		t.Errorf("twice the same name: %.2000v", err)
	}
	if _, err := table.Begin([]byte(long + ",b")); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Document([]byte("1")); err == nil || len(err.Error()) > 1000 || !strings.HasSuffix(err.Error(), `…", b`) {
		t.Errorf("a row that is too short: %.2000v", err)
	}
}

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		want       Format
	}{
		{"a.ndjson", "[", NDJSON},
		{"A.JSONL.GZ", "", NDJSON},
		{"a.json", "{}", JSON},
		{"in/a.json.zst", "[", JSON},
		{"a.csv", "{}", CSV},
		{"a.tsv.gz", "", TSV},
		{"a.txt", "hello", Text},
		{"a.log.zst", "", Text},
		{"a.txt", "{not JSON}", Text},
		{"tweets.txt", "\uFEFF{ \"id\": 1}\n", NDJSON},
		{"a.log", "{}\n", NDJSON},
		{"tweets.2016-10-01", "{\"id\":1}\n", NDJSON},
		{"part-00000.gz", "text", NDJSON},
		{"part-00000", "\n[{\"id\":1}", JSON},
		{"part-00000", "[\n", JSON},
		{"part-00000", "[info] text", NDJSON},
		{"part-00000", "{\r\n  \"id\": 1", JSON},
		{"part-00000", "{", NDJSON},
		{"part-00000", "{\"id\": 1,\n \"lang\": \"en\"}\n", JSON},
		{"part-00000", "{\"id\": 1, \"user\": {\n \"id\":", JSON},
		{"part-00000", "{\"id\":1} {\"id\":2}\n{", JSON},
		{"part-00000", "{\"id\":1}{\"id\":2}{\"i", JSON},
		{"part-00000", "{\"id\":1} {\"id\":2\n{\"id\":3}\n", NDJSON},
		{"part-00000", "{\"id\":1,\"text\":\n{\"id\":2}\n{\"id\":3}\n", NDJSON},
		{"part-00000", "{\"id\":1,\"hashtags\":[\n{\"id\":2}\n", NDJSON},
		{"part-00000", "{\"id\":1,\"text\":\"a\n{\"id\":2}\n", NDJSON},
		{"part-00000", "{\"id\":1}\n\n{\n", NDJSON},
		{"part-00000", "{\"id\":1} x\n{\"id\":2}\n", NDJSON},
		{".csv", "", CSV},
	} {
		for _, set := range []Format{"", Auto} {
			if got := Of(tt.name, []byte(tt.head), set); got != tt.want {
				t.Errorf("%s, %q: %s, want %s", tt.name, tt.head, got, tt.want)
			}
		}
		if got := Of(tt.name, []byte(tt.head), TSV); got != TSV {
			t.Errorf("%s although set", got)
		}
	}
}

// TestOfDocuments: a file that is said to hold documents holds no table and no text,
// whatever it is called.
func TestOfDocuments(t *testing.T) {
	for head, want := range map[string]Format{"": NDJSON, "{\"id\":1}\n": NDJSON, "\uFEFF\n[{\"id\":1}": JSON, "{\n": JSON, "a,b\n": NDJSON} {
		for _, name := range []string{"a.csv", "a.log.gz", "a.txt", "a"} {
			if got := Of(name, []byte(head), Documents); got != want {
				t.Errorf("%s, %q: %s, want %s", name, head, got, want)
			}
		}
	}
}
