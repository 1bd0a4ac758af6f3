package catalog

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cockroachdb/datadriven"
)

// TestLoad holds what catalogs are read as and what is said about bad ones.
func TestLoad(t *testing.T) {
	datadriven.RunTest(t, "testdata/load", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "load":
			s, err := Load([]byte(d.Input))
			if err != nil {
				return err.Error()
			}
			return describe(s)
		case "path":
			var b strings.Builder
			for line := range strings.Lines(d.Input) {
				p, err := ParsePath(strings.TrimSuffix(line, "\n"))
				if err != nil {
					fmt.Fprintln(&b, err)
					continue
				}
				fmt.Fprintf(&b, "%+v\n", p)
			}
			return b.String()
		default:
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		}
	})
}

func describe(s *Stream) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stream %s event time %s lateness %s\n", s.Name, s.EventTime, s.Lateness)
	for _, c := range s.Columns {
		fmt.Fprintf(&b, "%s %s", c.Name, c.Type)
		for _, p := range c.Paths {
			fmt.Fprintf(&b, " %s", p)
		}
		if len(c.Formats) > 0 {
			fmt.Fprintf(&b, " formats=%q", c.Formats)
		}
		if c.NumericStrings {
			b.WriteString(" numeric_strings")
		}
		if c.AbsentIsFalse {
			b.WriteString(" absent_is_false")
		}
		b.WriteByte('\n')
	}
	for _, e := range s.Examples {
		fmt.Fprintf(&b, "example %s: %s -> %s\n", e.Name, strings.TrimSpace(e.Document), strings.TrimSpace(e.Row))
	}
	return b.String()
}

// TestDefault holds the names, order and types of the columns of tweets: adding
// one changes SELECT *, changing one breaks queries.
func TestDefault(t *testing.T) {
	c, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	s, ok := c.Stream("Tweets")
	if !ok {
		t.Fatal("no stream tweets")
	}
	var got []string
	for _, f := range s.Schema().Fields {
		got = append(got, f.Name+" "+f.Type.String())
	}
	want := []string{
		"id BIGINT", "created_at TIMESTAMP", "text VARCHAR", "lang VARCHAR", "source VARCHAR",
		"user.id BIGINT", "user.screen_name VARCHAR", "user.name VARCHAR", "user.location VARCHAR",
		"user.followers_count BIGINT", "user.friends_count BIGINT", "user.statuses_count BIGINT", "user.verified BOOLEAN",
		"hashtags ARRAY<VARCHAR>", "mentions ARRAY<VARCHAR>", "urls ARRAY<VARCHAR>",
		"retweet_count BIGINT", "favorite_count BIGINT", "is_retweet BOOLEAN", "is_reply BOOLEAN", "reply_to BIGINT",
		"place.country_code VARCHAR", "place.full_name VARCHAR",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("columns:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, col := range s.Columns {
		if col.Doc == "" {
			t.Errorf("column %s is not documented", col.Name)
		}
		for _, p := range col.Paths {
			if again, err := ParsePath(p.String()); err != nil || again.String() != p.String() {
				t.Errorf("column %s: path %s reads back as %s, %v", col.Name, p, again, err)
			}
		}
	}
	if col, ok := s.Column("USER.Followers_Count"); !ok || col.Name != "user.followers_count" {
		t.Errorf("Column ignores no case: %v %v", col, ok)
	}
	if _, ok := s.Column("user.followers"); ok {
		t.Error("found a column that does not exist")
	}
}

func TestLoadAllNamesTheFile(t *testing.T) {
	good := &fstest.MapFile{Data: []byte("version: 1\nstream: a\nevent_time: t\nlateness: 1s\ncolumns:\n- {name: t, type: timestamp, formats: [rfc3339], paths: [t]}\n")}
	bad := &fstest.MapFile{Data: []byte("version: 1\nstream: A\n")}
	for _, tt := range []struct {
		files fstest.MapFS
		want  string
	}{
		{fstest.MapFS{"s/a.yaml": good, "s/b.yaml": bad}, `s/b.yaml:2:9: stream: expected a name of lower-case letters, digits and _, found "A"`},
		{fstest.MapFS{"s/a.yaml": good, "s/b.yaml": good}, `stream a is declared twice`},
		{fstest.MapFS{"s/a.yaml": {}}, `s/a.yaml: it is empty`},
	} {
		if _, err := LoadAll(tt.files, "s/*.yaml"); err == nil || err.Error() != tt.want {
			t.Errorf("error %v, want %s", err, tt.want)
		}
	}
}

// FuzzParsePath checks that what ParsePath accepts, String writes so that it is
// read as the same path.
func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"a.b", "a[].b|c.d", "a[k='it''s'].c", "a[k.l=d.e].c?", `"x.y"."""q"`, "a?", "a[]", "", "a[k=", "a..b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		again, err := ParsePath(p.String())
		if err != nil || fmt.Sprintf("%#v", again) != fmt.Sprintf("%#v", p) {
			t.Fatalf("%q reads as %#v, written as %q reads as %#v, %v", s, p, p, again, err)
		}
	})
}
