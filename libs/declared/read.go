package declared

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/wire"
)

// ErrEpochs is wrapped where an epoch is not greater than the one before it, of whichever
// stream or view: two query parsers have written the registry.
var ErrEpochs = errors.New("epochs in the registry do not increase")

// Change is what a record of the registry says.
type Change struct {
	Object wire.Object // what it is about; "": neither a stream nor a view
	Name   string
	Epoch  int64

	// Stream or View is what was declared; both are nil where it was dropped.
	Stream *wire.Stream
	View   *wire.View

	// LeftOut says why what was declared cannot be read here, a [*LeftOutError]: there is
	// nothing of the name, and queries that read it cannot be run. It is for the log.
	LeftOut error
}

// LeftOutError says why a stream or view cannot be read here.
type LeftOutError struct {
	Object wire.Object
	Name   string
	Epoch  int64
	Err    error
}

// Error names what is left out.
func (e *LeftOutError) Error() string {
	return fmt.Sprintf("%s %s of epoch %d cannot be read here, and is left out: %v", e.Object, e.Name, e.Epoch, e.Err)
}

// Unwrap returns the cause.
func (e *LeftOutError) Unwrap() error { return e.Err }

// Read takes a record of the registry: its key, its value, nil where something was
// dropped, and the value of its header [wire.HeaderEpoch]. What is about neither a stream
// nor a view changes nothing. Errors wrap [ErrEpochs] or [wire.ErrInvalid]: the registry
// holds what query-parser does not write, and reading must end.
func (c *Catalog) Read(key, value, epoch []byte) (Change, error) {
	change := Change{Object: wire.ObjectStream}
	name, ok := wire.ParseStreamKey(key)
	if !ok {
		change.Object = wire.ObjectView
		if name, ok = wire.ParseViewKey(key); !ok {
			return Change{}, nil
		}
	}
	change.Name = name
	var err error
	if change.Epoch, err = wire.ParseEpoch(epoch); err != nil {
		return Change{}, fmt.Errorf("%s %s: %w", change.Object, name, err)
	}
	if change.Epoch <= c.epoch {
		return Change{}, fmt.Errorf("%w: %s %s has epoch %d after epoch %d: stop all but one query-parser", ErrEpochs, change.Object, name, change.Epoch, c.epoch)
	}
	switch {
	case value == nil:
		c.Drop(change.Object, name, change.Epoch)
		return change, nil
	case change.Object == wire.ObjectStream:
		s := new(wire.Stream)
		if err := s.Unmarshal(value); err != nil {
			return Change{}, fmt.Errorf("stream %s: %w", name, err)
		}
		if s.Name != name || s.Epoch != change.Epoch {
			return Change{}, fmt.Errorf("%w: key and header name stream %s at epoch %d, the value %s at %d", wire.ErrInvalid, name, change.Epoch, s.Name, s.Epoch)
		}
		change.Stream, err = s, c.PutStream(s)
	default:
		v := new(wire.View)
		if err := v.Unmarshal(value); err != nil {
			return Change{}, fmt.Errorf("view %s: %w", name, err)
		}
		if v.Name != name || v.Epoch != change.Epoch {
			return Change{}, fmt.Errorf("%w: key and header name view %s at epoch %d, the value %s at %d", wire.ErrInvalid, name, change.Epoch, v.Name, v.Epoch)
		}
		change.View, err = v, c.PutView(v)
	}
	if err != nil {
		change.LeftOut = &LeftOutError{Object: change.Object, Name: name, Epoch: change.Epoch, Err: err}
	}
	return change, nil
}
