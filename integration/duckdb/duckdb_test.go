package duckdb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/millrace/millrace/integration/duckdb"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
	"github.com/millrace/millrace/integration/sqlite"
)

// TestSQLLogic puts the SQL logic cases to DuckDB and compares its rows with those worked out
// by hand: values, order and windows; keys are left out. It tells how many cases DuckDB has
// answered, how many of them SQLite could not, and why the others could not be asked.
func TestSQLLogic(t *testing.T) {
	cases, err := slt.Cases()
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]int{}
	asked, alone, none := 0, 0, 0
	var in inputs
	defer in.close(t)
	for _, c := range cases {
		got, err := in.ask(t, c)
		var cannot *duckdb.Unsupported
		if errors.As(err, &cannot) {
			if reasons[cannot.Reason]++; in.sqliteCannot(t, c) {
				none++
			}
			continue
		}
		if err != nil {
			t.Errorf("%s:%d: %v\n%s", c.File, c.Line, err, c.SQL)
			continue
		}
		want := make([]reference.Row, len(c.Want))
		for i, r := range c.Want {
			r.Key = json.RawMessage("[]")
			want[i] = r
		}
		if err := reference.Diff(got, want); err != nil {
			t.Errorf("%s:%d: %v\n%s", c.File, c.Line, err, c.SQL)
		}
		if asked++; in.sqliteCannot(t, c) {
			alone++
		}
	}
	t.Logf("DuckDB answers %d of %d cases, %d of which SQLite cannot; neither answers %d; DuckDB does not because of %v", asked, len(cases), alone, none, reasons)
	if asked < len(cases)*3/4 || none > len(cases)/8 {
		t.Errorf("DuckDB answers only %d cases, and there are %d that neither does", asked, none)
	}
}

// inputs holds the documents of the last case in both databases: cases that follow each other
// have the same.
type inputs struct {
	docs   [][]byte
	duckdb *duckdb.DB
	sqlite *sqlite.DB
}

func (in *inputs) load(t *testing.T, c slt.Case) {
	t.Helper()
	if in.duckdb != nil && len(in.docs) == len(c.Docs) && (len(c.Docs) == 0 || &in.docs[0] == &c.Docs[0]) {
		return
	}
	in.close(t)
	in.docs = c.Docs
	var err error
	if in.duckdb, err = duckdb.Open(t.Context(), c.Docs); err != nil {
		t.Fatal(err)
	}
	if in.sqlite, err = sqlite.Open(t.Context(), c.Docs); err != nil {
		t.Fatal(err)
	}
}

func (in *inputs) close(t *testing.T) {
	t.Helper()
	if in.duckdb != nil {
		if err := errors.Join(in.duckdb.Close(), in.sqlite.Close()); err != nil {
			t.Error(err)
		}
	}
}

func (in *inputs) ask(t *testing.T, c slt.Case) ([]reference.Row, error) {
	t.Helper()
	in.load(t, c)
	var names []string
	if len(c.Want) > 0 {
		names = namesOf(t, c.Want[0].Row)
	}
	return in.duckdb.Query(t.Context(), c.SQL, names)
}

func (in *inputs) sqliteCannot(t *testing.T, c slt.Case) bool {
	t.Helper()
	_, err := in.sqlite.Query(t.Context(), c.SQL)
	var cannot *sqlite.Unsupported
	return errors.As(err, &cannot)
}

// namesOf are those of the columns of a row, in order.
func namesOf(t *testing.T, row json.RawMessage) (names []string) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(row))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return names
}
