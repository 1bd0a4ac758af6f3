package expr

import "github.com/millrace/millrace/libs/sql/plan"

// connective is AND, OR or NOT of predicates.
type connective struct {
	fn  string
	ops []Predicate
}

func (s *Scope) connective(e *plan.Call) (Predicate, error) {
	p := connective{fn: e.Func}
	for _, a := range e.Args {
		op, err := s.predicate(a)
		if err != nil {
			return nil, err
		}
		p.ops = append(p.ops, op)
	}
	return p, nil
}

func (p connective) Eval(in *Input, out *Truths) {
	t := in.scratch()
	defer in.release(t)
	if p.fn == plan.FuncNot {
		p.ops[0].Eval(in, t)
		out.Not(t, in.Len)
		return
	}
	p.ops[0].Eval(in, out)
	for _, op := range p.ops[1:] {
		op.Eval(in, t)
		if p.fn == plan.FuncAnd {
			out.And(t)
		} else {
			out.Or(t)
		}
	}
}
