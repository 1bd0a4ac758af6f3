package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the driver duckdb

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/parser"
)

// Unsupported says why DuckDB cannot be asked.
type Unsupported struct {
	Reason string // short and without detail, so that reasons can be counted
}

func (e *Unsupported) Error() string { return "DuckDB cannot express it: " + e.Reason }

func unsupported(format string, args ...any) error {
	return &Unsupported{Reason: fmt.Sprintf(format, args...)}
}

// DB is a table of tweets in memory. It is not safe for concurrent use.
type DB struct {
	db   *sql.DB
	fine bool // a timestamp is finer than a microsecond
}

// document is the hidden column that is the whole document.
const document = "doc"

// Open loads the documents; bad ones are left out. The caller closes the result.
func Open(ctx context.Context, docs [][]byte) (*DB, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	db.SetMaxOpenConns(1) // each connection has settings of its own
	d := &DB{db: db}
	if err := d.load(ctx, docs); err != nil {
		_ = d.Close() // the first error counts
		return nil, fmt.Errorf("load documents into DuckDB: %w", err)
	}
	return d, nil
}

// Close frees the table.
func (d *DB) Close() error { return d.db.Close() }

func (d *DB) load(ctx context.Context, docs [][]byte) error {
	cols := reference.Columns()
	defs, marks := make([]string, len(cols)), make([]string, len(cols))
	for i, c := range cols {
		typ := typeName(c.Type)
		defs[i], marks[i] = quoteName(c.Name)+" "+typ, "?::"+typ
		if c.Type.Kind == record.Array {
			marks[i] = "CAST(?::JSON AS " + typ + ")"
		}
	}
	table := "CREATE TABLE tweets (" + strings.Join(defs, ", ") + ", " + document + " JSON)"
	for _, s := range []string{"SET threads = 1", "SET integer_division = true", "SET TimeZone = 'UTC'", "PRAGMA disable_optimizer", table} {
		if _, err := d.db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	insert := "INSERT INTO tweets VALUES (" + strings.Join(marks, ", ") + ", TRY_CAST(? AS JSON))"
	for _, raw := range docs {
		doc, err := reference.Parse(raw)
		if err != nil {
			continue
		}
		args := make([]any, 0, len(cols)+1)
		for _, c := range cols {
			v, _ := doc.Column(c.Name)
			d.fine = d.fine || c.Type.Kind == record.Timestamp && !v.IsNull() && v.Int()%1000 != 0
			args = append(args, toDuckDB(v))
		}
		if _, err := d.db.ExecContext(ctx, insert, append(args, strings.ToValidUTF8(string(raw), "\uFFFD"))...); err != nil {
			return err
		}
	}
	return nil
}

// typeName is what DuckDB calls a type.
func typeName(t record.Type) string {
	switch {
	case t.Kind == record.Array && t.Elem != nil:
		return typeName(*t.Elem) + "[]"
	default:
		return t.String()
	}
}

func toDuckDB(v record.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v.Type().Kind {
	case record.Varchar:
		return v.Str()
	case record.Array:
		return string(record.AppendJSON(nil, v))
	case record.Boolean:
		return v.Bool()
	case record.Timestamp:
		return v.Time()
	default:
		return v.Int()
	}
}

// Query runs a query and returns its rows, with window and order as the reference has them,
// and no keys. Names are those of its columns.
func (d *DB) Query(ctx context.Context, query string, names []string) ([]reference.Row, error) {
	stmt, err := parser.Parse(query)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if d.fine && strings.Contains(query, "created_at") {
		return nil, unsupported("nanoseconds")
	}
	t, err := translate(stmt)
	if err != nil {
		return nil, err
	}
	rows, err := d.db.QueryContext(ctx, t.sql)
	if err != nil {
		return nil, t.failure(err)
	}
	defer rows.Close() // Err is checked
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, t.failure(err)
	}
	var out []reference.Row
	for rows.Next() {
		row, err := t.scan(rows, types, names)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		return nil, t.failure(err)
	}
	return out, nil
}
