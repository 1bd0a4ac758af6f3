package bind

import (
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// view returns a view as a relation: its query stands where its name does. It sees no
// WITH of the query that reads it, and what is wrong with it is shown in its own text.
func (b *binder) view(v *catalog.View) (*relation, *ast.Error) {
	r, err := (&binder{src: v.SQL, catalog: b.catalog, whole: b.whole}).subquery(v.Query, nil)
	if err != nil {
		return nil, err
	}
	r.name = v.Name
	return r, nil
}
