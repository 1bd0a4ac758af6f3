package reference

// truth is one of SQL's three truth values or the fourth, failed, of a predicate
// whose evaluation had an error. The tables are written out so that they can be
// read against the definition and share nothing with package record.
type truth uint8

const (
	no truth = iota
	unknown
	failed
	yes
)

// andTable: FALSE wins, then ERROR, then NULL.
var andTable = [4][4]truth{
	no:      {no: no, unknown: no, failed: no, yes: no},
	unknown: {no: no, unknown: unknown, failed: failed, yes: unknown},
	failed:  {no: no, unknown: failed, failed: failed, yes: failed},
	yes:     {no: no, unknown: unknown, failed: failed, yes: yes},
}

// orTable: TRUE wins, then ERROR, then NULL.
var orTable = [4][4]truth{
	no:      {no: no, unknown: unknown, failed: failed, yes: yes},
	unknown: {no: unknown, unknown: unknown, failed: failed, yes: yes},
	failed:  {no: failed, unknown: failed, failed: failed, yes: yes},
	yes:     {no: yes, unknown: yes, failed: yes, yes: yes},
}

var notTable = [4]truth{no: yes, unknown: unknown, failed: failed, yes: no}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}
