package random

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/millrace/millrace/libs/record"
)

// Predicate returns a condition on a document: up to a dozen atoms under AND, OR
// and NOT.
func (g *Generator) Predicate() string { return g.tree(g.Atom, g.r.IntN(5)) }

// Atoms returns n different conditions without AND, OR or NOT.
func (g *Generator) Atoms(n int) []string {
	seen := map[string]bool{}
	var out []string
	for len(out) < n {
		if a := g.Atom(); !seen[a] {
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}

// Over returns a condition made of some of the given ones, its operands in any
// order, with NOT here and there.
func (g *Generator) Over(atoms []string) string {
	return g.tree(func() string { return pick(g.r, atoms) }, 1+g.r.IntN(4))
}

// tree joins atoms to a depth.
func (g *Generator) tree(atom func() string, depth int) string {
	if depth <= 0 {
		return atom()
	}
	switch g.r.IntN(7) {
	case 0:
		return "NOT (" + g.tree(atom, depth-1) + ")"
	case 1:
		return "NOT " + atom()
	case 2:
		return atom()
	default:
		word := pick(g.r, []string{" AND ", " OR ", " and ", " or "})
		n := 2 + g.r.IntN(2)
		parts := make([]string, n)
		for i := range parts {
			parts[i] = "(" + g.tree(atom, depth-1) + ")"
		}
		return strings.Join(parts, word)
	}
}

// Atom returns one condition on a random column, rarely one on none.
func (g *Generator) Atom() string {
	if chance(g.r, 60) {
		return pick(g.r, []string{"TRUE", "FALSE", "NULL", "1 = 1", "1 > 2", "'a' < 'b'", g.columns[0].name + " = NULL", "NULL IS NULL"})
	}
	return g.columnAtom(&g.columns[g.r.IntN(len(g.columns))], true)
}

// columnAtom is a condition on a column; others says whether it may be compared
// with other columns.
func (g *Generator) columnAtom(c *column, others bool) string {
	if chance(g.r, 12) {
		return g.spell(c.name) + pick(g.r, []string{" IS NULL", " IS NOT NULL"})
	}
	switch c.typ.Kind {
	case record.Array:
		return quote(g.element(c)) + " = ANY(" + g.spell(c.name) + ")"
	case record.Boolean:
		return g.boolAtom(c)
	case record.Varchar:
		if chance(g.r, 2) {
			return g.textAtom(c)
		}
	default:
	}
	return g.orderAtom(c, others)
}

func (g *Generator) element(c *column) string {
	if v, ok := g.value(c); ok && len(v.Elems()) > 0 {
		if e := pick(g.r, v.Elems()); !e.IsNull() {
			return e.Str()
		}
	}
	return pick(g.r, tags[:])
}

func (g *Generator) boolAtom(c *column) string {
	if chance(g.r, 2) {
		return g.spell(c.name)
	}
	return g.spell(c.name) + pick(g.r, []string{" = ", " <> ", " != "}) + pick(g.r, []string{"TRUE", "FALSE", "true"})
}

// orderAtom compares with literals, now and then with another column.
func (g *Generator) orderAtom(c *column, others bool) string {
	name := g.spell(c.name)
	if others && chance(g.r, 15) {
		return name + g.compareOp() + g.spell(g.of(c.typ.Kind).name)
	}
	switch g.r.IntN(6) {
	case 0:
		return name + g.maybeNot() + "BETWEEN " + g.literal(c) + " AND " + g.literal(c)
	case 1:
		items := make([]string, 1+g.r.IntN(4))
		for i := range items {
			items[i] = g.literal(c)
		}
		if chance(g.r, 8) {
			items = append(items, "NULL")
		}
		return name + g.maybeNot() + "IN (" + strings.Join(items, ", ") + ")"
	case 2:
		return g.literal(c) + g.compareOp() + name
	default:
		return name + g.compareOp() + g.literal(c)
	}
}

func (g *Generator) maybeNot() string { return pick(g.r, []string{" ", " ", " NOT "}) }

func (g *Generator) compareOp() string {
	return pick(g.r, []string{" = ", " = ", " <> ", " != ", " < ", " <= ", " > ", " >= "})
}

// literal spells a value of the column, or one close to it.
func (g *Generator) literal(c *column) string {
	v, ok := g.value(c)
	switch c.typ.Kind {
	case record.BigInt:
		n := pick(g.r, []int64{0, 1, 10, 100, 1000})
		if ok {
			n = v.Int()
		}
		switch g.r.IntN(8) {
		case 0:
			return strconv.FormatInt(n/10, 10) + ".5"
		case 1:
			return strconv.FormatInt(n, 10) + ".0"
		case 2:
			return strconv.FormatInt(n+int64(g.r.IntN(5))-2, 10)
		case 3:
			return pick(g.r, []string{"-1", "1e3", "9007199254740993", "9223372036854775807", "9007199254740992.0"})
		default:
			return strconv.FormatInt(n, 10)
		}
	case record.Timestamp:
		if !ok || chance(g.r, 3) {
			v = record.TimestampOf(instant(g.r).UnixNano())
		}
		return g.timeLiteral(v)
	default:
		if !ok || chance(g.r, 6) {
			return quote(pick(g.r, words[:]))
		}
		return quote(v.Str())
	}
}

// timeLiteral spells a moment, to the second.
func (g *Generator) timeLiteral(v record.Value) string {
	t := v.Time()
	switch g.r.IntN(6) {
	case 0:
		return "DATE " + quote(t.Format(time.DateOnly))
	case 5:
		return quote(t.Format(time.RFC3339))
	case 1:
		return quote(t.Format(time.DateTime))
	case 2:
		return "TIMESTAMP " + quote(t.Format("2006-01-02T15:04:05Z"))
	default:
		return "TIMESTAMP " + quote(t.Format(time.DateTime))
	}
}

// textAtom is LIKE, ILIKE, CONTAINS or ICONTAINS.
func (g *Generator) textAtom(c *column) string {
	v, ok := g.value(c)
	s := pick(g.r, words[:])
	if ok {
		s = v.Str()
	}
	fold := chance(g.r, 2)
	part := g.part(s)
	if fold {
		part = g.swapCase(part)
	}
	i := ""
	if fold {
		i = "I"
	}
	name := g.spell(c.name)
	if chance(g.r, 2) {
		return fmt.Sprintf("%s%s%sCONTAINS %s", name, g.maybeNot(), i, quote(part))
	}
	pattern, escape := g.pattern(part)
	return fmt.Sprintf("%s%s%sLIKE %s%s", name, g.maybeNot(), i, quote(pattern), escape)
}

// part cuts a few characters out of a text.
func (g *Generator) part(s string) string {
	chars := []rune(s)
	if len(chars) == 0 {
		return s
	}
	from := g.r.IntN(len(chars))
	to := min(len(chars), from+1+g.r.IntN(6))
	if chance(g.r, 6) {
		from, to = 0, len(chars)
	}
	return string(chars[from:to])
}

// swapCase changes the case of some characters.
func (g *Generator) swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		for range g.r.IntN(3) {
			r = unicode.SimpleFold(r)
		}
		return r
	}, s)
}

// pattern makes a LIKE pattern that the text may match.
func (g *Generator) pattern(s string) (pattern, escape string) {
	esc := `\`
	if chance(g.r, 6) {
		esc, escape = "!", " ESCAPE '!'"
	}
	var b strings.Builder
	b.WriteString(pick(g.r, []string{"%", "%", "%", "", "_", "%_"}))
	for _, r := range s {
		switch {
		case chance(g.r, 8):
			b.WriteString(pick(g.r, []string{"_", "%", "_%"}))
		case strings.ContainsRune(`%_`+esc, r):
			b.WriteString(esc + string(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(pick(g.r, []string{"%", "%", "%", "", "_"}))
	return b.String(), escape
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
