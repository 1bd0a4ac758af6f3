package declared

import (
	"fmt"
	"maps"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/wire"
)

// Catalog is the catalog of a point of the registry. It belongs to one goroutine; the
// [catalog.Catalog]s that it returns are immutable, and so are the records.
type Catalog struct {
	now     *catalog.Catalog
	builtIn *catalog.Catalog
	streams map[string]*wire.Stream
	views   map[string]*wire.View
	epoch   int64 // the greatest one read, of drops too
}

// New returns the catalog of an empty registry.
func New(builtIn *catalog.Catalog) *Catalog {
	return &Catalog{
		now: builtIn, builtIn: builtIn,
		streams: map[string]*wire.Stream{}, views: map[string]*wire.View{}, epoch: -1,
	}
}

// Clone returns a copy, which changes apart from c.
func (c *Catalog) Clone() *Catalog {
	return &Catalog{
		now: c.now, builtIn: c.builtIn,
		streams: maps.Clone(c.streams), views: maps.Clone(c.views), epoch: c.epoch,
	}
}

// Catalog returns the streams and views that there are. Where nothing has changed that
// it tells of, it is the same one as before.
func (c *Catalog) Catalog() *catalog.Catalog { return c.now }

// Stream returns the record of the declared stream called name, nil if there is none, or
// none that can be read here.
func (c *Catalog) Stream(name string) *wire.Stream { return c.streams[name] }

// Streams returns how many streams are declared that can be read here.
func (c *Catalog) Streams() int { return len(c.streams) }

// View returns the record of the declared view called name, nil if there is none, or none
// that can be read here.
func (c *Catalog) View(name string) *wire.View { return c.views[name] }

// Epoch returns the epoch of the last declaration or drop that was read, -1 if there was
// none. Epochs only increase along the registry, whatever they are about: so this one tells
// what has been read, and nothing has to be kept of what was dropped.
func (c *Catalog) Epoch() int64 { return c.epoch }

// EpochOf returns the epoch of the stream or view called name, -1 if there is none, or none
// that can be read here.
func (c *Catalog) EpochOf(object wire.Object, name string) int64 {
	if s := c.streams[name]; s != nil && object == wire.ObjectStream {
		return s.Epoch
	}
	if v := c.views[name]; v != nil && object == wire.ObjectView {
		return v.Epoch
	}
	return -1
}

// PutStream takes a stream, in place of another one of its name. The error says why it
// cannot be read here, as where a newer version has declared it: then there is no stream
// of the name.
func (c *Catalog) PutStream(s *wire.Stream) error {
	c.Drop(wire.ObjectStream, s.Name, s.Epoch)
	c.makeRoom(s.Name, s.Topic)
	next, err := c.apply(s.SQL, s.Name, wire.ObjectStream)
	if err != nil {
		return err
	}
	if made, ok := next.Stream(s.Name); !ok || made.Topic != s.Topic {
		return fmt.Errorf("stream %s is recorded with topic %s, and its statement does not name that", s.Name, s.Topic)
	}
	c.now, c.streams[s.Name] = next, s
	return nil
}

// PutView takes a view, in place of another one of its name. The error says why it
// cannot be read here: then there is no view of the name.
func (c *Catalog) PutView(v *wire.View) error {
	c.Drop(wire.ObjectView, v.Name, v.Epoch)
	c.makeRoom(v.Name, "")
	next, err := c.apply(v.SQL, v.Name, wire.ObjectView)
	if err != nil {
		return err
	}
	c.now, c.views[v.Name] = next, v
	return nil
}

// Drop takes a stream or view away, if there is one.
func (c *Catalog) Drop(object wire.Object, name string, epoch int64) {
	c.epoch = max(c.epoch, epoch)
	if object == wire.ObjectStream && c.streams[name] == nil || object == wire.ObjectView && c.views[name] == nil {
		return // not the one that Millrace comes with
	}
	c.now = c.now.Without(name)
	if object == wire.ObjectStream {
		delete(c.streams, name)
		return
	}
	delete(c.views, name)
}

// makeRoom takes away what stands in the way of what was declared: it had been dropped
// before. Where the registry is compacted while it is read, the drop may be gone, and
// what there was before it has been read.
func (c *Catalog) makeRoom(name, topic string) {
	if c.views[name] != nil {
		c.now = c.now.Without(name)
		delete(c.views, name)
	}
	for other, s := range c.streams {
		if other == name || s.Topic == topic {
			c.now = c.now.Without(other)
			delete(c.streams, other)
		}
	}
}

// apply returns the catalog with what a statement declares, which is to have the name.
func (c *Catalog) apply(src, name string, object wire.Object) (*catalog.Catalog, error) {
	_, cmd, err := parser.ParseAny(src)
	if err != nil {
		return nil, err
	}
	declares := ""
	switch cmd := cmd.(type) {
	case *ast.CreateStream:
		if object == wire.ObjectStream {
			declares = cmd.Name.Name
		}
	case *ast.CreateView:
		if object == wire.ObjectView {
			declares = cmd.Name.Name
		}
	}
	if declares != name {
		return nil, fmt.Errorf("the statement declares no %s %s", object, name)
	}
	next, _, err := ddl.Apply(c.now, cmd, src, nil)
	if err != nil {
		return nil, err
	}
	if next == c.now { // IF NOT EXISTS
		return nil, fmt.Errorf("there is a stream %s already, which Millrace comes with", name)
	}
	return next, nil
}
