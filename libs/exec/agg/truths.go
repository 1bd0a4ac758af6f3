package agg

import (
	"fmt"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// truths is bool_and, or with all false bool_or. A state is encoded as a byte: which of
// TRUE and FALSE there were.
type truths struct{ all bool }

type truthsState struct {
	truths
	seen byte
}

const (
	seenTrue byte = 1 << iota
	seenFalse
)

func (f truths) New() State { return &truthsState{truths: f} }

func (f truths) Decode(b []byte) (State, error) {
	if len(b) != 1 || b[0] > seenTrue|seenFalse {
		return nil, fmt.Errorf("%w: bool_and or bool_or", ErrMalformed)
	}
	return &truthsState{truths: f, seen: b[0]}, nil
}

func (s *truthsState) Update(args []*record.Column, rows []int32) int {
	c := args[0]
	for _, row := range rows {
		switch {
		case !c.Valid.At(int(row)) && !planted.On(planted.NullIsFalse):
		case c.Bools[row]:
			s.seen |= seenTrue
		default:
			s.seen |= seenFalse
		}
	}
	return 0
}

func (s *truthsState) Reset() { s.seen = 0 }

func (s *truthsState) Merge(other State) int {
	s.seen |= other.(*truthsState).seen
	return 0
}

func (s *truthsState) Append(dst []byte) []byte { return append(dst, s.seen) }

func (s *truthsState) Result() (record.Value, error) {
	switch {
	case s.seen == 0:
		return record.NullOf(record.BooleanType), nil
	case s.all:
		return record.Bool(s.seen&seenFalse == 0), nil
	default:
		return record.Bool(s.seen&seenTrue != 0), nil
	}
}
