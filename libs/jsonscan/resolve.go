package jsonscan

import "github.com/millrace/millrace/libs/record"

// unresolved is the kind of a match that nobody has asked for yet.
const unresolved = 0xff

// appendRow appends the document that was read to the batch.
func (s *scanner) appendRow(into *record.Batch) {
	event := int64(record.NoEventTime)
	for i := range s.columns {
		c, col := &s.columns[i], &into.Columns[i]
		if c.array {
			into.Mismatches[i] += s.appendArray(c, col)
			continue
		}
		v, p := s.first(c)
		if !s.appendScalar(c, col, v, p) {
			into.Mismatches[i]++
		}
		if i == s.eventFrom && col.Valid.At(col.Valid.Len()-1) {
			event = micros(col.Ints[len(col.Ints)-1])
		}
	}
	if s.event != nil {
		if v, p := s.first(s.event); p != nil {
			if at, ok := s.timestamp(s.event, v); ok {
				event = micros(at)
			}
		}
	}
	into.EndRow(event)
}

// first returns the column's value: what the first of its paths leads to that
// leads to something other than null. Without one the path is nil.
func (s *scanner) first(c *column) (span, *path) {
	for i := range c.paths {
		p := &c.paths[i]
		v := s.slots[p.slot]
		if p.match != noSlot {
			if v = s.element(p.match); v.found() && len(p.element) > 0 {
				v = s.within(v, p.element[0])
			}
		}
		if v.found() {
			return v, p
		}
	}
	return span{}, nil
}

// appendScalar appends the value, found by p, to a column; false: a mismatch.
func (s *scanner) appendScalar(c *column, col *record.Column, v span, p *path) bool {
	switch {
	case p == nil && c.absentIsFalse:
		col.AppendBool(false)
		return true
	case p == nil:
		col.AppendNull()
		return true
	case p.exists:
		col.AppendBool(true)
		return true
	default:
		return s.convert(c, col, v)
	}
}

// appendArray appends the column's array to col and returns how many
// mismatches there were: one if it is no array, else one per element.
func (s *scanner) appendArray(c *column, col *record.Column) (mismatches int64) {
	v, p := s.first(c)
	if p == nil {
		col.AppendNull()
		return 0
	}
	if v.kind != '[' {
		col.AppendNull()
		return 1
	}
	for e := s.firstElement(v); e.kind != 0; e = s.nextElement(e) {
		value := e
		if len(p.element) > 0 {
			if e.found() && e.kind != '{' {
				mismatches++
			}
			value = span{}
			for i := 0; i < len(p.element) && !value.found(); i++ {
				value = s.within(e, p.element[i])
			}
		}
		if !value.found() {
			col.Elem.AppendNull()
		} else if !s.convert(c, col.Elem, value) {
			mismatches++
		}
	}
	col.EndArray()
	return mismatches
}

// element returns the element that match i finds, at most once per document.
func (s *scanner) element(i int) span {
	if s.matched[i].kind == unresolved {
		s.matched[i] = s.find(&s.matches[i])
	}
	return s.matched[i]
}

func (s *scanner) find(m *match) span {
	array := s.slots[m.slot]
	if array.kind != '[' {
		return span{}
	}
	want := span{}
	if m.field != noSlot {
		if want = s.slots[m.field]; !want.found() {
			return span{}
		}
	}
	for e := s.firstElement(array); e.kind != 0; e = s.nextElement(e) {
		if key := s.within(e, m.key); key.found() && s.same(key, want, m) {
			return e
		}
	}
	return span{}
}

// same reports whether key equals what the match wants.
func (s *scanner) same(key, want span, m *match) bool {
	switch {
	case m.field == noSlot:
		return key.kind == '"' && s.str(key) == m.text
	case key.kind == '"' && want.kind == '"':
		return s.str(key) == s.str(want)
	case number(key.kind) && number(want.kind):
		return string(s.doc[key.from:key.to]) == string(s.doc[want.from:want.to])
	default:
		return false
	}
}

func number(kind byte) bool { return kind == '-' || digit(kind) }

// The functions below walk values that have been validated.

// within returns the value at the fields of the object v; none if v is no
// object or there is none. Of several fields of one name the last counts.
func (s *scanner) within(v span, fields []string) span {
	for _, f := range fields {
		if v.kind != '{' {
			return span{}
		}
		v = s.field(v, f)
	}
	return v
}

func (s *scanner) field(obj span, name string) (last span) {
	i := s.blanks(obj.from + 1)
	for s.doc[i] != '}' {
		start := i + 1
		i = s.textEnd(i)
		key := s.doc[start : i-1]
		if s.indexed {
			s.escaped = s.flags&flagEscapedName != 0
		}
		if s.escaped {
			b, from, to := s.unquoted(start, i-1)
			key = b[from:to]
		}
		i = s.blanks(s.blanks(i) + 1)
		v := s.spanAt(i)
		if string(key) == name {
			last = v
		}
		i = s.separator(v.to)
	}
	return last
}

func (s *scanner) firstElement(array span) span {
	if i := s.blanks(array.from + 1); s.doc[i] != ']' {
		return s.spanAt(i)
	}
	return span{}
}

// nextElement returns the element behind e, none behind the last.
func (s *scanner) nextElement(e span) span {
	if i := s.separator(e.to); s.doc[i] != ']' {
		return s.spanAt(i)
	}
	return span{}
}

// separator returns the position of what follows the comma behind a value, or
// of the closing bracket.
func (s *scanner) separator(i int) int {
	if i = s.blanks(i); s.doc[i] == ',' {
		return s.blanks(i + 1)
	}
	return i
}

// spanAt returns the value at i.
func (s *scanner) spanAt(i int) span {
	kind := s.doc[i]
	switch {
	case kind == '"':
		return span{i, s.textEnd(i), kind}
	case (kind == '{' || kind == '[') && s.indexed:
		return span{i, s.pass(i, 0) + 1, kind}
	default:
		return span{i, s.value(i, 0), kind}
	}
}

// textEnd returns the position behind the string whose opening quote is at i.
func (s *scanner) textEnd(i int) int {
	if s.indexed {
		return s.index.quoteAfter(i) + 1
	}
	return s.text(i + 1)
}
