package bind

import (
	"strconv"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// sample binds TABLESAMPLE as a condition on the document, before WHERE.
func (b *binder) sample(s *ast.Sample) *ast.Error {
	if b.rel.document == nil {
		return b.refuse(s.At, "TABLESAMPLE is of the documents of a stream, which %s does not return", b.rel.title()).
			WithHint("sample the stream that it reads")
	}
	percent, err := strconv.ParseFloat(s.Percent.Text, 64) // from 0 to 100: the parser sees to that
	if err != nil {
		return b.fail(s.Percent.At, "the number %s is out of range", s.Percent.Text).WithCode(ast.CodeRange)
	}
	seed := int64(0)
	if s.Repeatable != nil {
		if seed, err = strconv.ParseInt(s.Repeatable.Text, 10, 64); err != nil {
			return b.fail(s.Repeatable.At, "the seed is a whole number of 64 bits, not %s", s.Repeatable.Text).WithCode(ast.CodeRange)
		}
	}
	drawn := boolean(function.Sampled, b.rel.document, &plan.Literal{Value: record.Float(percent)}, &plan.Literal{Value: record.Int(seed)})
	if err := b.take(s.At, drawn); err != nil {
		return err
	}
	sampled := *b.rel
	sampled.in = filtered(sampled.in, drawn)
	b.rel = &sampled
	return nil
}
