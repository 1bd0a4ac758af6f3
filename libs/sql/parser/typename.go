package parser

import (
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// typeNames maps the words for types, ARRAY apart, to canonical names.
var typeNames = map[string]string{
	"boolean": "BOOLEAN", "bool": "BOOLEAN",
	"bigint": "BIGINT", "integer": "BIGINT", "int": "BIGINT", "int8": "BIGINT", "int4": "BIGINT",
	"double": "DOUBLE", "float": "DOUBLE", "float8": "DOUBLE",
	"varchar": "VARCHAR", "text": "VARCHAR", "string": "VARCHAR",
	"timestamp": "TIMESTAMP", "date": "DATE", "interval": "INTERVAL", "json": "JSON",
}

// otherTypes maps types that others have to the nearest one.
var otherTypes = map[string]string{
	"smallint": "BIGINT", "tinyint": "BIGINT", "int2": "BIGINT", "hugeint": "BIGINT", "long": "BIGINT", "serial": "BIGINT",
	"real": "DOUBLE", "float4": "DOUBLE", "decimal": "DOUBLE", "numeric": "DOUBLE", "number": "DOUBLE",
	"char": "VARCHAR", "character": "VARCHAR", "nvarchar": "VARCHAR", "bpchar": "VARCHAR", "uuid": "VARCHAR", "bytea": "VARCHAR", "bytes": "VARCHAR",
	"datetime": "TIMESTAMP", "timestamptz": "TIMESTAMP", "timestamp_ltz": "TIMESTAMP",
	"jsonb": "JSON", "map": "JSON", "struct": "JSON", "row": "JSON", "list": "ARRAY<VARCHAR>",
}

const exampleTypes = "BOOLEAN, BIGINT, DOUBLE, VARCHAR, TIMESTAMP, DATE, INTERVAL, JSON or ARRAY<…>"

// typeName = word | ARRAY < type > | type [ ].
func (p *parser) typeName(t *ast.TypeName) *ast.Error {
	name := p.tok
	if name.kind != word {
		return hinted(p.expected("a type"), "types: %s", exampleTypes)
	}
	t.At = name.at
	if name.value == "array" {
		if err := p.arrayType(t); err != nil {
			return err
		}
		return p.arraySuffix(t)
	}
	canonical, ok := typeNames[name.value]
	if !ok {
		return p.unknownType()
	}
	t.Name = canonical
	p.advance()
	if err := p.typeWords(name, t); err != nil {
		return err
	}
	return p.arraySuffix(t)
}

// arrayType = ARRAY < type >.
func (p *parser) arrayType(t *ast.TypeName) *ast.Error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.leave()
	p.advance()
	if !p.take("<") {
		return hinted(p.expected("<"), "the type of the elements stands in angle brackets: ARRAY<VARCHAR>")
	}
	t.Name, t.Elem = "ARRAY", &ast.TypeName{}
	if err := p.typeName(t.Elem); err != nil {
		return err
	}
	if !p.take(">") {
		return p.expected(">")
	}
	return nil
}

// arraySuffix = {[ ]}: the older spelling of an array.
func (p *parser) arraySuffix(t *ast.TypeName) *ast.Error {
	for levels := 0; p.tok.is("[") && p.peek.is("]"); levels++ {
		if levels == MaxDepth {
			return p.fail(p.tok.at, "more than %d levels of arrays", MaxDepth)
		}
		elem := *t
		*t = ast.TypeName{Name: "ARRAY", Elem: &elem, At: t.At}
		p.advance()
		p.advance()
	}
	return nil
}

// typeWords reads the further words of a type's name, and refuses what would make it
// another type.
func (p *parser) typeWords(name token, t *ast.TypeName) *ast.Error {
	switch {
	case name.value == "interval" && p.peek.is("to"):
		return p.intervalFields(t)
	case p.tok.is("("):
		err := p.fail(p.tok.at, "%s takes no length or precision", strings.ToUpper(name.text))
		if typeNames[name.value] == "VARCHAR" {
			return err.WithHint("text has any length: leave it out, or cut it with left(x, 20)")
		}
		return err.WithHint("leave it out")
	case name.value == "double":
		p.take("precision")
	case name.value == "timestamp" && p.peek.is("time"):
		if p.tok.is("with") {
			return p.refuse(p.tok.at, "TIMESTAMP WITH TIME ZONE is not supported").
				WithHint("write TIMESTAMP: it is a moment, told in UTC")
		}
		if p.take("without") {
			p.advance()
			return p.need("zone")
		}
	}
	return nil
}

// intervalFields = YEAR TO MONTH | DAY TO SECOND.
func (p *parser) intervalFields(t *ast.TypeName) *ast.Error {
	first, last := p.tok, "second"
	if first.is("year") {
		t.Name, last = "INTERVAL YEAR TO MONTH", "month"
	} else if !first.is("day") {
		return hinted(p.expected("YEAR TO MONTH", "DAY TO SECOND"), "there are two types of intervals: INTERVAL YEAR TO MONTH and INTERVAL DAY TO SECOND")
	}
	p.advance()
	p.advance()
	if !p.tok.is(last) {
		return hinted(p.expected(strings.ToUpper(last)), "there are two types of intervals: INTERVAL YEAR TO MONTH and INTERVAL DAY TO SECOND")
	}
	p.advance()
	return nil
}

func (p *parser) unknownType() *ast.Error {
	name := clip(p.tok.text)
	err := p.fail(p.tok.at, "unknown type %s", name)
	err.Expected, err.Found = exampleTypes, p.tok.String()
	if other, ok := otherTypes[p.tok.value]; ok {
		return err.WithCode(ast.CodeUnsupported).WithHint("write %s", other)
	}
	if p.tok.is("time") || p.tok.is("timetz") {
		return err.WithCode(ast.CodeUnsupported).WithHint("a time of day is made of a TIMESTAMP: extract(hour FROM x), or to_char(x, 'HH24:MI:SS')")
	}
	known := append(slices.Sorted(maps.Keys(typeNames)), "array")
	if near, ok := ast.Nearest(p.tok.value, known); ok {
		return err.WithHint("did you mean %s?", strings.ToUpper(near))
	}
	return err.WithHint("types: %s", exampleTypes)
}
