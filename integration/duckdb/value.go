package duckdb

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
)

// failure tells what ends a query in DuckDB, and is ERROR for one row here, from what is our
// mistake.
func (t *translation) failure(err error) error {
	text := err.Error()
	for _, of := range []string{"Out of Range Error", "Conversion Error", "Invalid Input Error", "Overflow", "out of range"} {
		if strings.Contains(text, of) {
			return unsupported("an error, which ends a query there")
		}
	}
	return fmt.Errorf("DuckDB: %w in %s", err, t.sql)
}

func (t *translation) scan(rows *sql.Rows, types []*sql.ColumnType, names []string) (reference.Row, error) {
	raw, ptrs := make([]any, len(types)), make([]any, len(types))
	for i := range raw {
		ptrs[i] = &raw[i]
	}
	if err := rows.Scan(ptrs...); err != nil {
		return reference.Row{}, fmt.Errorf("DuckDB: %w in %s", err, t.sql)
	}
	row := reference.Row{Key: json.RawMessage("[]")}
	if t.size > 0 {
		start, ok := raw[0].(time.Time)
		if !ok {
			return row, fmt.Errorf("a window starts at %v in %s", raw[0], t.sql)
		}
		row.Window = &reference.Window{Start: start.UnixMilli(), End: start.Add(t.size).UnixMilli()}
		raw, types = raw[1:], types[1:]
	}
	if t.ordered {
		t.rank++
		row.Rank = t.rank
	}
	if len(raw) != len(names) {
		return row, fmt.Errorf("%d columns, and not %d in %s", len(raw), len(names), t.sql)
	}
	values := make([]record.Value, len(raw))
	for i := range raw {
		v, err := fromDuckDB(raw[i], types[i].DatabaseTypeName())
		if err != nil {
			return row, fmt.Errorf("%w in %s", err, t.sql)
		}
		if values[i] = v; v.Type().Kind == record.Double {
			row.Doubles = append(row.Doubles, names[i])
		}
	}
	row.Row = reference.RowJSON(names, values)
	return row, nil
}

// fromDuckDB is a value of ours. What DuckDB calls its type tells times and dates apart.
func fromDuckDB(raw any, typ string) (record.Value, error) {
	if raw == nil {
		return record.Value{}, nil
	}
	if typ == "JSON" {
		text, err := json.Marshal(raw)
		return record.JSONOf(string(text)), err
	}
	switch raw := raw.(type) {
	case bool:
		return record.Bool(raw), nil
	case int64:
		return record.Int(raw), nil
	case int32:
		return record.Int(int64(raw)), nil
	case int16:
		return record.Int(int64(raw)), nil
	case int8:
		return record.Int(int64(raw)), nil
	case uint64:
		return record.Int(int64(raw)), nil
	case *big.Int:
		if !raw.IsInt64() {
			return record.Value{}, unsupported("an error, which ends a query there")
		}
		return record.Int(raw.Int64()), nil
	case float64:
		return record.Float(raw), nil
	case string:
		return record.Text(raw), nil
	case time.Time:
		if strings.HasPrefix(typ, "DATE") {
			return record.DateOf(raw.Unix() / 86400), nil
		}
		return record.TimestampOf(raw.UnixNano()), nil
	case driver.Interval:
		if raw.Months != 0 {
			if raw.Days != 0 || raw.Micros != 0 {
				return record.Value{}, unsupported("an interval of months and days")
			}
			return record.YearMonthOf(int64(raw.Months)), nil
		}
		return record.DayTimeOf(time.Duration(raw.Days)*24*time.Hour + time.Duration(raw.Micros)*time.Microsecond), nil
	case []any:
		elem := strings.TrimSuffix(typ, "[]")
		all := make([]record.Value, len(raw))
		var of record.Type
		for i, e := range raw {
			v, err := fromDuckDB(e, elem)
			if err != nil {
				return v, err
			}
			if all[i] = v; !v.IsNull() {
				of = v.Type()
			}
		}
		return record.List(of, all), nil
	default:
		return record.Value{}, unsupported("a %T", raw)
	}
}
