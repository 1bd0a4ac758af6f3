package catalog

import (
	"fmt"
	"strings"
)

// Path leads from the top of a document to a value. All of its fields are of
// plain types, so that it converts to the Path of package jsonscan.
type Path struct {
	// Fields are the names of nested object fields, from the top.
	Fields []string

	// Each: what is there is an array, and the value is made of its elements.
	Each bool

	// MatchKey, unless empty: what is there is an array, and the path goes on in
	// its first element that is an object whose field MatchKey equals MatchText
	// or, where MatchField is not empty, the document's field MatchField. Texts
	// and numbers are compared by how they are written.
	MatchKey   []string
	MatchText  string
	MatchField []string

	// Element is how the path goes on in an element: alternatives, the first
	// that leads to something other than null wins; none: the element itself.
	// With MatchKey there is at most one.
	Element [][]string

	// Exists: the value is TRUE if the path leads to something other than null.
	Exists bool
}

// String returns the path as catalogs spell it; [ParsePath] reads it back.
func (p Path) String() string {
	var b strings.Builder
	writeFields(&b, p.Fields)
	if p.Each {
		b.WriteString("[]")
	}
	if len(p.MatchKey) > 0 {
		b.WriteByte('[')
		writeFields(&b, p.MatchKey)
		b.WriteByte('=')
		if len(p.MatchField) > 0 {
			writeFields(&b, p.MatchField)
		} else {
			b.WriteString(quote(p.MatchText, '\''))
		}
		b.WriteByte(']')
	}
	for i, alternative := range p.Element {
		if i == 0 {
			b.WriteByte('.')
		} else {
			b.WriteByte('|')
		}
		writeFields(&b, alternative)
	}
	if p.Exists {
		b.WriteByte('?')
	}
	return b.String()
}

func writeFields(b *strings.Builder, fields []string) {
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('.')
		}
		if plainName(f) {
			b.WriteString(f)
		} else {
			b.WriteString(quote(f, '"'))
		}
	}
}

func plainName(s string) bool {
	return s != "" && !strings.ContainsAny(s, pathMarks)
}

const pathMarks = `.[]=|?'"` + " \t\r\n"

// quote doubles the mark inside the text.
func quote(s string, mark byte) string {
	m := string(mark)
	return m + strings.ReplaceAll(s, m, m+m) + m
}

// ParsePath reads a path as catalogs spell it:
//
//	path   = fields [ "[]" [ "." fields { "|" fields } ] | "[" fields "=" ( 'text' | fields ) "]" [ "." fields ] ] [ "?" ]
//	fields = name { "." name }
//	name   = any characters but . [ ] = | ? ' " and blanks, or "…" with "" for "
func ParsePath(s string) (Path, error) {
	p := pathParser{rest: s}
	path, err := p.path()
	if err != nil {
		return Path{}, fmt.Errorf("path %q: at character %d: %w", s, len(s)-len(p.rest)+1, err)
	}
	return path, nil
}

type pathParser struct {
	rest string
}

func (p *pathParser) path() (path Path, err error) {
	if path.Fields, err = p.fields(); err != nil {
		return path, err
	}
	switch {
	case p.take("[]"):
		path.Each = true
	case p.take("["):
		if err := p.match(&path); err != nil {
			return path, err
		}
	}
	if (path.Each || len(path.MatchKey) > 0) && p.take(".") {
		if path.Element, err = p.alternatives(path.Each); err != nil {
			return path, err
		}
	}
	path.Exists = p.take("?")
	if path.Exists && path.Each {
		return path, fmt.Errorf("expected no ? after []")
	}
	if p.rest != "" {
		return path, fmt.Errorf("unexpected %q", p.rest)
	}
	return path, nil
}

func (p *pathParser) alternatives(several bool) ([][]string, error) {
	var all [][]string
	for {
		fields, err := p.fields()
		if err != nil {
			return nil, err
		}
		all = append(all, fields)
		if !several || !p.take("|") {
			return all, nil
		}
	}
}

func (p *pathParser) match(path *Path) (err error) {
	if path.MatchKey, err = p.fields(); err != nil {
		return err
	}
	if !p.take("=") {
		return fmt.Errorf("expected =")
	}
	if strings.HasPrefix(p.rest, "'") {
		path.MatchText, err = p.quoted('\'')
	} else {
		path.MatchField, err = p.fields()
	}
	if err != nil {
		return err
	}
	if !p.take("]") {
		return fmt.Errorf("expected ]")
	}
	return nil
}

func (p *pathParser) fields() ([]string, error) {
	var fields []string
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		fields = append(fields, name)
		if !p.take(".") {
			return fields, nil
		}
	}
}

func (p *pathParser) name() (string, error) {
	if strings.HasPrefix(p.rest, `"`) {
		return p.quoted('"')
	}
	n := strings.IndexAny(p.rest, pathMarks)
	if n < 0 {
		n = len(p.rest)
	}
	if n == 0 {
		return "", fmt.Errorf("expected a field name")
	}
	name := p.rest[:n]
	p.rest = p.rest[n:]
	return name, nil
}

func (p *pathParser) quoted(mark byte) (string, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		if p.rest[i] != mark {
			b.WriteByte(p.rest[i])
			continue
		}
		if i+1 < len(p.rest) && p.rest[i+1] == mark {
			b.WriteByte(mark)
			i++
			continue
		}
		p.rest = p.rest[i+1:]
		return b.String(), nil
	}
	return "", fmt.Errorf("expected a closing %c", mark)
}

func (p *pathParser) take(mark string) bool {
	rest, ok := strings.CutPrefix(p.rest, mark)
	if ok {
		p.rest = rest
	}
	return ok
}
