package catalog

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// View is a query that has a name, by which others read it. It is immutable.
type View struct {
	Name  string
	SQL   string         // the whole CREATE VIEW
	Query *ast.Statement // the query in it; positions count from the beginning of SQL
}

// View returns the view called name; case does not matter.
func (c *Catalog) View(name string) (*View, bool) {
	for _, v := range c.views {
		if strings.EqualFold(v.Name, name) {
			return v, true
		}
	}
	return nil, false
}

// Views returns all views, in the order in which they were made. The caller must not
// change them.
func (c *Catalog) Views() []*View { return c.views }

// With returns a catalog in which s stands, in the place of what had its name.
func (c *Catalog) With(s *Stream) *Catalog {
	next := c.Without(s.Name)
	next.streams = append(next.streams, s)
	return next
}

// WithView returns a catalog in which v stands, in the place of what had its name.
func (c *Catalog) WithView(v *View) *Catalog {
	next := c.Without(v.Name)
	next.views = append(next.views, v)
	return next
}

// Without returns a catalog without the stream or view called name, if there is one.
func (c *Catalog) Without(name string) *Catalog {
	return &Catalog{
		streams: slices.DeleteFunc(slices.Clone(c.streams), func(s *Stream) bool { return strings.EqualFold(s.Name, name) }),
		views:   slices.DeleteFunc(slices.Clone(c.views), func(v *View) bool { return strings.EqualFold(v.Name, name) }),
	}
}
