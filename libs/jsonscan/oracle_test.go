package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// oracle reads the columns of a spec by way of encoding/json and a map.
type oracle struct {
	spec jsonscan.Spec
}

// row returns the document's row, event time and mismatches per column; ok is
// false if the document is not accepted.
func (o *oracle) row(doc []byte) (vals []record.Value, event int64, mismatches []int64, ok bool) {
	if !json.Valid(doc) {
		return nil, 0, nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var root map[string]any
	if err := dec.Decode(&root); err != nil || root == nil {
		return nil, 0, nil, false
	}
	for i := range o.spec.Columns {
		v, n := o.column(root, &o.spec.Columns[i])
		vals, mismatches = append(vals, v), append(mismatches, n)
	}
	event = record.NoEventTime
	if v, _ := o.column(root, o.spec.EventTime); !v.IsNull() {
		event = v.Time().UnixMicro()
	}
	return vals, event, mismatches, true
}

func (o *oracle) column(root map[string]any, c *jsonscan.Column) (record.Value, int64) {
	for _, p := range c.Paths {
		v := follow(root, p)
		if v == nil {
			continue
		}
		if p.Exists {
			return record.Bool(true), 0
		}
		if c.Type.Kind == record.Array {
			return list(c, p, v)
		}
		if out, ok := convert(c, c.Type, v); ok {
			return out, 0
		}
		return record.NullOf(c.Type), 1
	}
	if c.AbsentIsFalse {
		return record.Bool(false), 0
	}
	return record.NullOf(c.Type), 0
}

func at(v any, names []string) any {
	for _, n := range names {
		obj, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = obj[n]
	}
	return v
}

func follow(root map[string]any, p jsonscan.Path) any {
	v := at(root, p.Fields)
	if len(p.MatchKey) == 0 {
		return v
	}
	elems, _ := v.([]any)
	want := any(p.MatchText)
	if len(p.MatchField) > 0 {
		want = at(root, p.MatchField)
	}
	for _, e := range elems {
		switch key := at(e, p.MatchKey).(type) {
		case string, json.Number:
			if key != want {
				continue
			}
			if len(p.Element) == 0 {
				return e
			}
			return at(e, p.Element[0])
		}
	}
	return nil
}

func list(c *jsonscan.Column, p jsonscan.Path, v any) (out record.Value, mismatches int64) {
	elems, ok := v.([]any)
	if !ok {
		return record.NullOf(c.Type), 1
	}
	var vals []record.Value
	for _, e := range elems {
		if len(p.Element) > 0 {
			if _, ok := e.(map[string]any); !ok && e != nil {
				mismatches++
			}
			i := slices.IndexFunc(p.Element, func(f []string) bool { return at(e, f) != nil })
			if i < 0 {
				e = nil
			} else {
				e = at(e, p.Element[i])
			}
		}
		val := record.NullOf(*c.Type.Elem)
		if e != nil {
			if got, ok := convert(c, *c.Type.Elem, e); ok {
				val = got
			} else {
				mismatches++
			}
		}
		vals = append(vals, val)
	}
	return record.List(*c.Type.Elem, vals), mismatches
}

func convert(c *jsonscan.Column, t record.Type, v any) (record.Value, bool) {
	num, isNum := v.(json.Number)
	text, isText := v.(string)
	switch t.Kind {
	case record.Boolean:
		b, ok := v.(bool)
		return record.Bool(b), ok
	case record.BigInt:
		if isText && c.NumericStrings && text != "" && !strings.ContainsAny(text, "+_") {
			n, err := strconv.ParseInt(text, 10, 64)
			return record.Int(n), err == nil
		}
		n, ok := integer(num)
		return record.Int(n), ok && isNum
	case record.Double:
		if isText && c.NumericStrings && json.Valid([]byte(text)) && strings.Trim(text, "-0123456789.eE+") == "" {
			num, isNum = json.Number(text), true
		}
		f, err := num.Float64()
		return record.Float(f), err == nil && isNum
	case record.Varchar:
		return record.Text(text), isText
	case record.Timestamp:
		for _, f := range c.Formats {
			unit := map[string]int64{"epoch_ms": 1e6, "epoch_s": 1e9}[f]
			if n, ok := integer(num); isNum && ok && unit > 0 {
				return within(new(big.Int).Mul(big.NewInt(n), big.NewInt(unit)))
			}
			if unit == 0 && isText {
				if at, err := time.Parse(layoutOf(f), text); err == nil {
					nanos := new(big.Int).Mul(big.NewInt(at.Unix()), big.NewInt(1e9))
					return within(nanos.Add(nanos, big.NewInt(int64(at.Nanosecond()))))
				}
			}
		}
		return record.Value{}, false
	case record.Date:
		for _, f := range c.Formats {
			if at, err := time.Parse(layoutOf(f), text); err == nil && isText {
				y, m, d := at.Date()
				return record.DateOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400), true
			}
		}
		return record.Value{}, false
	default:
		panic(fmt.Sprintf("the oracle knows no %s", t))
	}
}

func within(nanos *big.Int) (record.Value, bool) {
	return record.TimestampOf(nanos.Int64()), nanos.IsInt64()
}

func layoutOf(format string) string {
	if format == "rfc3339" {
		return time.RFC3339
	}
	return format
}

// integer returns the number as a 64-bit integer if its value is one.
func integer(n json.Number) (int64, bool) {
	if mantissa, exponent, ok := strings.Cut(strings.ToLower(string(n)), "e"); ok {
		if strings.Trim(mantissa, "-0.") == "" {
			return 0, true
		}
		// Too large for big.Rat; no test has so many digits.
		if e, err := strconv.Atoi(exponent); err != nil || e > 5000 || e < -5000 {
			return 0, false
		}
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}
