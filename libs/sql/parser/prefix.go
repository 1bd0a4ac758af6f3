package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// prefixed explains a letter right before the quote of a text, which says elsewhere how
// the text is read; nil: there is none.
func (p *parser) prefixed() *ast.Error {
	rest := p.src[p.tok.end():]
	plain := strings.HasPrefix(rest, "'")
	switch p.tok.value {
	case "e":
		if plain {
			return p.refuse(p.tok.at, "E'…' is not supported: a backslash is a backslash").
				WithHint("line breaks and tabs may stand between the quotes as they are, or write 'a' || chr(10) || 'b'")
		}
	case "u":
		if strings.HasPrefix(rest, "&'") {
			return p.refuse(p.tok.at, "U&'…' is not supported").WithHint("write the characters as they are, or chr(233)")
		}
	case "b", "x":
		if plain {
			return p.refuse(p.tok.at, "%s'…' is not supported: there are no strings of bits or bytes", strings.ToUpper(p.tok.value)).
				WithHint("text stands between single quotes alone; of hexadecimal digits it is decode('676f', 'hex')")
		}
	case "n":
		if plain {
			return p.refuse(p.tok.at, "N'…' is not supported: every text is Unicode").WithHint("leave out the N")
		}
	}
	return nil
}
