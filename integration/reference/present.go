package reference

import (
	"errors"

	"github.com/millrace/millrace/libs/record"
)

// presents are the ways to ask for the present time, which is that of the document.
var presents = map[string]record.Type{
	"current_timestamp": record.TimestampType, "now": record.TimestampType, "current_date": record.DateType,
}

func (s *scope) present(t record.Type) (*expr, error) {
	if s.grouped || s.q.lower != nil {
		return nil, errors.New("groups have no present time")
	}
	return explicitly(eventTime(), t, false)
}

// eventTime is that of the document that a row is made of.
func eventTime() *expr {
	at, _ := columnIndex("created_at")
	return &expr{typ: record.TimestampType, eval: func(e *env) *record.Value { return e.doc.column(at) }, col: -1}
}
