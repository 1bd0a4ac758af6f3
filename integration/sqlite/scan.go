package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
)

// failure tells what SQLite refuses on principle from what is our mistake.
func (t *translation) failure(err error) error {
	if strings.Contains(err.Error(), "integer overflow") {
		return unsupported("a sum that overflows")
	}
	return fmt.Errorf("SQLite: %w in %s", err, t.sql)
}

func (t *translation) scan(rows *sql.Rows) (reference.Row, error) {
	n := len(t.keys) + len(t.outputs)
	if t.size > 0 {
		n++
	}
	raw, ptrs := make([]any, n), make([]any, n)
	for i := range raw {
		ptrs[i] = &raw[i]
	}
	if err := rows.Scan(ptrs...); err != nil {
		return reference.Row{}, err
	}
	var row reference.Row
	if t.size > 0 {
		start := raw[0].(int64)
		row.Window = &reference.Window{Start: start / 1e6, End: (start + t.size) / 1e6}
		raw = raw[1:]
	}
	key, err := values(raw[:len(t.keys)], t.keys)
	if err != nil {
		return reference.Row{}, err
	}
	out, err := values(raw[len(t.keys):], t.outputs)
	if err != nil {
		return reference.Row{}, err
	}
	row.Key, row.Row = reference.KeyJSON(key), reference.RowJSON(t.names, out)
	for i, typ := range t.outputs {
		if typ.Kind == record.Double {
			row.Doubles = append(row.Doubles, t.names[i])
		}
	}
	return row, nil
}

func values(raw []any, types []record.Type) ([]record.Value, error) {
	out := make([]record.Value, len(raw))
	for i := range raw {
		v, err := fromSQLite(raw[i], types[i])
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func fromSQLite(raw any, typ record.Type) (record.Value, error) {
	switch raw := raw.(type) {
	case nil:
		return record.NullOf(typ), nil
	case int64:
		switch typ.Kind {
		case record.BigInt:
			return record.Int(raw), nil
		case record.Boolean:
			return record.Bool(raw != 0), nil
		case record.Timestamp:
			return record.TimestampOf(raw), nil
		case record.Date:
			return record.DateOf(time.Unix(0, raw).Unix() / 86400), nil
		case record.DayTime:
			return record.DayTimeOf(time.Duration(raw)), nil
		case record.Double:
			return record.Float(float64(raw)), nil
		default:
		}
	case float64:
		if typ.Kind == record.Double {
			return record.Float(raw), nil
		}
	case string:
		switch typ.Kind {
		case record.Varchar:
			return record.Text(raw), nil
		case record.Array:
			return list(raw)
		default:
		}
	}
	return record.Value{}, fmt.Errorf("a %T where %s is expected", raw, typ)
}

func list(raw string) (record.Value, error) {
	var elems []*string
	if err := json.Unmarshal([]byte(raw), &elems); err != nil {
		return record.Value{}, err
	}
	out := make([]record.Value, len(elems))
	for i, e := range elems {
		out[i] = record.NullOf(record.VarcharType)
		if e != nil {
			out[i] = record.Text(*e)
		}
	}
	return record.List(record.VarcharType, out), nil
}

// rank numbers ordered rows within their windows.
func (t *translation) rank(rows []reference.Row) {
	if !t.ordered {
		return
	}
	for i := range rows {
		rows[i].Rank = 1
		if i > 0 && (t.size == 0 || *rows[i].Window == *rows[i-1].Window) {
			rows[i].Rank = rows[i-1].Rank + 1
		}
	}
}
