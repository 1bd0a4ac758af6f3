package wire

import "time"

// View is a view that was declared by CREATE VIEW: the value of the record of
// millrace.registry whose key is [ViewKey] of its name. A null value means that the view
// was dropped; its header [HeaderEpoch] says under which epoch.
type View struct {
	Version   int       `json:"version"`
	Name      string    `json:"name"`
	Epoch     int64     `json:"epoch"` // the offset of the submission in millrace.queries
	SQL       string    `json:"sql"`   // the CREATE VIEW, as submitted
	Owner     string    `json:"owner,omitempty"`
	Submitted time.Time `json:"submitted"`
}

// Marshal returns the message as JSON, with the present version.
func (w *View) Marshal() ([]byte, error) {
	v := *w
	v.Version = Version
	if err := v.check(); err != nil {
		return nil, err
	}
	return marshal(&v)
}

// Unmarshal reads what Marshal writes. Times are in UTC.
func (w *View) Unmarshal(b []byte) error {
	var v View
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	v.Submitted = v.Submitted.UTC()
	*w = v
	return nil
}

func (w *View) check() error {
	return checkDeclaration("view", w.Version, w.Name, w.Epoch, w.SQL, w.Owner, w.Submitted)
}

const viewPrefix = "v/"

// ViewKey returns the key of a view's records in millrace.registry.
func ViewKey(name string) []byte { return []byte(viewPrefix + name) }

// ParseViewKey returns the name of the view that a record of millrace.registry is about;
// ok is false where it is about no view.
func ParseViewKey(key []byte) (name string, ok bool) { return parseKey(key, viewPrefix, ValidName) }
