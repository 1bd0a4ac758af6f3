package ddl

import (
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// View returns the view that c, parsed from src, makes. Whether its query can be bound
// is for the caller to find out. Errors are [*ast.Error]s.
func View(c *ast.CreateView, src string) (*catalog.View, error) {
	m := &maker{src: src}
	if err := m.objectName("view", c.Name); err != nil {
		return nil, err
	}
	return &catalog.View{Name: c.Name.Name, SQL: src, Query: c.Query}, nil
}
