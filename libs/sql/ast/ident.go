package ast

import (
	"strings"
	"unicode"
)

// reserved holds the words that are never read as a name unless quoted, written
// after a dot, or, as an alias, written after AS.
var reserved = map[string]bool{
	"and": true, "as": true, "asc": true, "between": true, "by": true,
	"case": true, "contains": true, "cross": true, "current_date": true,
	"current_timestamp": true, "desc": true,
	"distinct": true, "emit": true, "escape": true, "except": true,
	"false": true, "fetch": true, "from": true, "full": true, "group": true,
	"having": true, "icontains": true, "ilike": true, "in": true,
	"inner": true, "intersect": true, "is": true, "join": true, "left": true,
	"like": true, "limit": true, "natural": true, "not": true, "null": true,
	"nulls": true, "offset": true, "on": true, "or": true, "order": true,
	"right": true, "select": true, "true": true, "union": true,
	"using": true, "where": true, "with": true,
}

// Reserved reports whether word, in any case, must be quoted to be a name.
func Reserved(word string) bool { return reserved[strings.ToLower(word)] }

// IdentStart reports whether an unquoted identifier may begin with r.
func IdentStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

// IdentPart reports whether an unquoted identifier may go on with r.
func IdentPart(r rune) bool {
	return IdentStart(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// plain reports whether name reads back unchanged without quotes.
func plain(name string) bool {
	for i, r := range name {
		if !IdentPart(r) || i == 0 && !IdentStart(r) {
			return false
		}
	}
	return name != "" && strings.ToLower(name) == name
}

// String writes the identifier, in quotes where it needs them.
func (i *Ident) String() string {
	return i.text(Reserved(i.Name))
}

// text writes the identifier; reserved says whether it stands where reserved
// words need quotes and is one.
func (i *Ident) text(reserved bool) string {
	if !i.Quoted && !reserved && plain(i.Name) {
		return i.Name
	}
	return `"` + strings.ReplaceAll(i.Name, `"`, `""`) + `"`
}

// String writes the name, dotted where nested. Only the first part is quoted
// for being a reserved word.
func (n *Name) String() string {
	var b strings.Builder
	for i := range n.Parts {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(n.Parts[i].text(i == 0 && Reserved(n.Parts[i].Name)))
	}
	return b.String()
}
