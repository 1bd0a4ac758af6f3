package reference

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Tolerance is how far two DOUBLE results may lie apart, relative to the greater.
const Tolerance = 1e-9

// shown is how many differences an error of [Diff] spells out.
const shown = 8

// Diff compares the rows of another engine with those expected and returns nil
// where they are the same: per query and window, in order where the expected
// rows are ranked, else as a multiset. Values compare by what they mean, not by
// how they are spelled, but names of columns and their order count. DOUBLE
// columns compare with [Tolerance]. The error spells out the first differences,
// one to a line: - for what is missing, + for what should not be there.
func Diff(got, want []Row) error {
	if spelledAlike(got, want) {
		return nil
	}
	g, err := partition(got)
	if err != nil {
		return fmt.Errorf("rows got: %w", err)
	}
	w, err := partition(want)
	if err != nil {
		return fmt.Errorf("rows expected: %w", err)
	}
	var d differences
	for _, id := range unionOfKeys(g, w) {
		d.part(g[id], w[id])
	}
	return d.err(len(got), len(want))
}

// partID is a query's window; rows are compared within it.
type partID struct {
	query    string
	windowed bool
	window   Window
}

type diffRow struct {
	*Row
	key    string // canonical
	values []field
	sorted string // canonical, for pairing rows that have no key
}

type field struct {
	name   string
	value  string // canonical JSON
	double bool
}

func partition(rows []Row) (map[partID][]diffRow, error) {
	parts := map[partID][]diffRow{}
	for i := range rows {
		r := &rows[i]
		id := partID{query: r.Query}
		if r.Window != nil {
			id.windowed, id.window = true, *r.Window
		}
		key, err := canonical(r.Key)
		if err != nil {
			return nil, fmt.Errorf("key of %s: %w", r, err)
		}
		values, err := fields(r.Row)
		if err != nil {
			return nil, fmt.Errorf("row of %s: %w", r, err)
		}
		dr := diffRow{Row: r, key: key, values: values}
		for j := range dr.values {
			f := &dr.values[j]
			f.double = slices.Contains(r.Doubles, f.name)
			if !f.double {
				dr.sorted += f.name + "=" + f.value + "\x00"
			}
		}
		for _, f := range dr.values {
			if f.double {
				dr.sorted += f.name + "=" + f.value + "\x00"
			}
		}
		parts[id] = append(parts[id], dr)
	}
	return parts, nil
}

func unionOfKeys(a, b map[partID][]diffRow) []partID {
	var ids []partID
	for id := range a {
		ids = append(ids, id)
	}
	for id := range b {
		if _, both := a[id]; !both {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y partID) int {
		return cmp.Or(strings.Compare(x.query, y.query), cmp.Compare(x.window.Start, y.window.Start), cmp.Compare(x.window.End, y.window.End))
	})
	return ids
}

type differences struct {
	lines []string
	count int
}

func (d *differences) add(sign string, r diffRow) {
	d.count++
	if len(d.lines) < shown {
		d.lines = append(d.lines, sign+" "+r.String())
	}
}

func (d *differences) err(got, want int) error {
	if d.count == 0 {
		return nil
	}
	more := ""
	if n := d.count - len(d.lines); n > 0 {
		more = fmt.Sprintf("\n… and %d more", n)
	}
	return fmt.Errorf("%d rows, expected %d; - missing, + not expected:\n%s%s", got, want, strings.Join(d.lines, "\n"), more)
}

func (d *differences) part(got, want []diffRow) {
	if len(want) > 0 && want[0].Rank > 0 {
		slices.SortStableFunc(want, func(a, b diffRow) int { return cmp.Compare(a.Rank, b.Rank) })
		for i := range max(len(got), len(want)) {
			switch {
			case i >= len(got):
				d.add("-", want[i])
			case i >= len(want):
				d.add("+", got[i])
			case !same(got[i], want[i]):
				d.add("-", want[i])
				d.add("+", got[i])
			}
		}
		return
	}
	byContent := func(a, b diffRow) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.sorted, b.sorted))
	}
	slices.SortStableFunc(got, byContent)
	slices.SortStableFunc(want, byContent)
	for len(got) > 0 || len(want) > 0 {
		switch {
		case len(want) == 0:
			d.add("+", got[0])
			got = got[1:]
		case len(got) == 0:
			d.add("-", want[0])
			want = want[1:]
		case same(got[0], want[0]):
			got, want = got[1:], want[1:]
		case got[0].key == want[0].key && got[0].key != "[]":
			d.add("-", want[0])
			d.add("+", got[0])
			got, want = got[1:], want[1:]
		case byContent(got[0], want[0]) < 0:
			d.add("+", got[0])
			got = got[1:]
		default:
			d.add("-", want[0])
			want = want[1:]
		}
	}
}

// same compares key and columns. A column is DOUBLE where either side says so,
// or where a number is spelled with a point or an exponent.
func same(got, want diffRow) bool {
	if got.key != want.key || len(got.values) != len(want.values) {
		return false
	}
	for i, g := range got.values {
		w := want.values[i]
		if check := want.Checks[w.name]; check != nil && g.name == w.name {
			if !check(g.value) {
				return false
			}
			continue
		}
		if g.name != w.name || g.value != w.value && !near(g, w) {
			return false
		}
	}
	return true
}

func near(g, w field) bool {
	if strings.HasPrefix(g.value, `"`) || strings.HasPrefix(w.value, `"`) {
		return false
	}
	if !g.double && !w.double && !strings.ContainsAny(g.value+w.value, ".eE") {
		return false
	}
	var a, b json.Number
	if json.Unmarshal([]byte(g.value), &a) != nil || json.Unmarshal([]byte(w.value), &b) != nil || a == "" || b == "" {
		return false
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && math.Abs(x-y) <= Tolerance*max(math.Abs(x), math.Abs(y))
}

// fields reads a JSON object in the order that it is written in.
func fields(raw json.RawMessage) ([]field, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("not an object"), err)
	}
	var out []field
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		text, err := canonical(v)
		if err != nil {
			return nil, err
		}
		out = append(out, field{name: name.(string), value: text})
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return out, nil
}

// canonical writes a JSON value in one way: numbers as they were spelled.
func canonical(raw json.RawMessage) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return "", errTrailing
	}
	b, err := json.Marshal(v)
	return string(b), err
}
