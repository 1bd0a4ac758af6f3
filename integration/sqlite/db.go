package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"modernc.org/sqlite"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/parser"
)

// Unsupported says why SQLite cannot be asked.
type Unsupported struct {
	Reason string // short and without detail, so that reasons can be counted
}

func (e *Unsupported) Error() string { return "SQLite cannot express it: " + e.Reason }

// DB is a table of tweets in memory. It is not safe for concurrent use.
type DB struct {
	db *sql.DB
}

// connector opens connections of a driver of our own, whose functions no other
// user of the package sees.
type connector struct{ driver *sqlite.Driver }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(":memory:") }
func (c connector) Driver() driver.Driver                        { return c.driver }

// Open loads the documents; bad ones are left out. The caller closes the result.
func Open(ctx context.Context, docs [][]byte) (*DB, error) {
	d := &sqlite.Driver{}
	if err := register(d); err != nil {
		return nil, err
	}
	db := &DB{db: sql.OpenDB(connector{d})}
	db.db.SetMaxOpenConns(1) // each connection has a database of its own
	if err := db.load(ctx, docs); err != nil {
		return nil, fmt.Errorf("load documents into SQLite: %w", joinClose(err, db))
	}
	return db, nil
}

func joinClose(err error, db *DB) error {
	if closeErr := db.Close(); closeErr != nil {
		return fmt.Errorf("%w (and close: %w)", err, closeErr)
	}
	return err
}

// Close frees the table.
func (d *DB) Close() error { return d.db.Close() }

func (d *DB) load(ctx context.Context, docs [][]byte) error {
	cols := reference.Columns()
	defs, marks := make([]string, len(cols)), make([]string, len(cols))
	for i, c := range cols {
		defs[i], marks[i] = quoteName(c.Name)+" "+declared(c.Type), "?"
	}
	for _, s := range []string{"PRAGMA case_sensitive_like = ON", "CREATE TABLE tweets (" + strings.Join(defs, ", ") + ")"} {
		if _, err := d.db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	insert, err := tx.PrepareContext(ctx, "INSERT INTO tweets VALUES ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return err
	}
	defer insert.Close() // read-only by then
	for _, raw := range docs {
		doc, err := reference.Parse(raw)
		if err != nil {
			continue
		}
		args := make([]any, len(cols))
		for i, c := range cols {
			v, _ := doc.Column(c.Name)
			args[i] = toSQLite(v)
		}
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// declared returns the column type that makes SQLite keep values as they are.
func declared(t record.Type) string {
	if t.Kind == record.Varchar || t.Kind == record.Array {
		return "TEXT"
	}
	return "INTEGER"
}

func toSQLite(v record.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v.Type().Kind {
	case record.Varchar:
		return v.Str()
	case record.Array:
		return string(record.AppendJSON(nil, v))
	default:
		return v.Int() // BOOLEAN is 0 or 1
	}
}

// Query runs a query and returns its rows, with window, key and order as the
// reference has them.
func (d *DB) Query(ctx context.Context, query string) ([]reference.Row, error) {
	stmt, err := parser.Parse(query)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	t, err := translate(stmt, nil, 0)
	if err != nil {
		return nil, err
	}
	rows, err := d.db.QueryContext(ctx, t.sql)
	if err != nil {
		return nil, t.failure(err)
	}
	defer rows.Close() // Err is checked
	var out []reference.Row
	for rows.Next() {
		row, err := t.scan(rows)
		if err != nil {
			return nil, t.failure(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		return nil, t.failure(err)
	}
	t.rank(out)
	return out, nil
}
