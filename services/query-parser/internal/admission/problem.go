package admission

import (
	"errors"

	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

// problemOf tells any error as its author is told.
func problemOf(err error) *submission.Problem {
	var p *submission.Problem
	if errors.As(err, &p) {
		return p
	}
	return &submission.Problem{Message: err.Error()}
}

// maxText bounds the bytes of a text of a status record: a query may be long.
const maxText = 4 << 10

func statusOf(p *submission.Problem) *wire.Status {
	s := &wire.Status{
		Position: p.Position, Line: p.Line, Column: p.Column, Message: truncate(p.Message, maxText),
		Expected: truncate(p.Expected, maxText), Found: truncate(p.Found, maxText), Hint: truncate(p.Hint, maxText),
		Excerpt: truncate(p.Excerpt, maxText), Code: p.Code,
	}
	for _, m := range p.More {
		m.Message, m.Hint, m.Excerpt = truncate(m.Message, maxText), truncate(m.Hint, maxText), truncate(m.Excerpt, maxText)
		s.More = append(s.More, m)
	}
	return s
}
