package record

// Truth is one of four truth values. The fourth, Error, is what a predicate
// yields when its evaluation failed (overflow, division by zero), so that the
// order in which predicates are evaluated cannot change an answer: connectives
// look at values only, never at which operand came first.
//
//	AND is the least of     FALSE < ERROR < NULL < TRUE
//	OR  is the greatest of  FALSE < NULL < ERROR < TRUE
//	NOT swaps FALSE and TRUE and keeps NULL and ERROR
//
// De Morgan's laws hold. WHERE and HAVING keep a row only for True.
type Truth uint8

// The truth values. The zero Truth is False.
const (
	False Truth = iota
	Null
	Error
	True
)

// rank under AND: FALSE < ERROR < NULL < TRUE.
func (t Truth) andRank() uint8 {
	switch t {
	case False:
		return 0
	case Error:
		return 1
	case Null:
		return 2
	default:
		return 3
	}
}

// And returns t AND u.
func (t Truth) And(u Truth) Truth {
	if t.andRank() <= u.andRank() {
		return t
	}
	return u
}

// Or returns t OR u. The constants are declared in OR's order.
func (t Truth) Or(u Truth) Truth { return max(t, u) }

// Not returns NOT t.
func (t Truth) Not() Truth {
	switch t {
	case False:
		return True
	case True:
		return False
	default:
		return t
	}
}

// TruthOf returns True for true and False for false.
func TruthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

// String returns the SQL spelling of t.
func (t Truth) String() string {
	switch t {
	case False:
		return "FALSE"
	case Null:
		return "NULL"
	case Error:
		return "ERROR"
	default:
		return "TRUE"
	}
}
