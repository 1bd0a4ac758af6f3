package reference

import (
	"errors"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// presents are the ways to ask for the present time, which is that of the document.
var presents = map[string]record.Type{
	"current_timestamp": record.TimestampType, "now": record.TimestampType, "current_date": record.DateType,
}

func (s *scope) present(t record.Type) (*expr, error) {
	if s.grouped {
		return nil, errors.New("groups have no present time")
	}
	at, err := s.name(&ast.Name{Parts: []ast.Ident{{Name: "created_at"}}})
	if err != nil {
		return nil, err
	}
	return explicitly(at, t, false)
}
