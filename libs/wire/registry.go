package wire

import (
	"strconv"
	"time"
)

// Registry is a registered query: the value of the record of millrace.registry
// whose key is [RegistryKey] of its id. A null value, a tombstone, means that
// the query was dropped; its header [HeaderEpoch] says under which epoch.
type Registry struct {
	Version   int               `json:"version"`
	ID        string            `json:"id"`
	Epoch     int64             `json:"epoch"` // the offset of the submission in millrace.queries
	Owner     string            `json:"owner,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	Options   Settings          `json:"options"`
	SQL       string            `json:"sql"`                 // as submitted; the JSON text of the older query form
	Plan      []byte            `json:"plan"`                // of package plan, base64 in JSON
	Failed    *string           `json:"failed,omitempty"`    // why the query has been stopped
	Failing   *int64            `json:"failing,omitempty"`   // with Failed, the epoch that ended: its rows stay
	Completed bool              `json:"completed,omitempty"` // with Failed: it did not fail, it has all the rows that it wants
	Submitted time.Time         `json:"submitted"`
}

// Marshal returns the message as JSON, with the present version.
func (r *Registry) Marshal() ([]byte, error) {
	v := *r
	v.Version = Version
	if err := v.check(); err != nil {
		return nil, err
	}
	return marshal(&v)
}

// Unmarshal reads what Marshal writes. Times are in UTC.
func (r *Registry) Unmarshal(b []byte) error {
	v := Registry{Options: DefaultSettings()}
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	v.Submitted = v.Submitted.UTC()
	*r = v
	return nil
}

func (r *Registry) check() error {
	if err := checkVersion("registry record", r.Version); err != nil {
		return err
	}
	switch {
	case !ValidID(r.ID):
		return invalidf("registry record of query id %.140q", r.ID)
	case r.Epoch < 0:
		return invalidf("registry record of query %s with epoch %d", r.ID, r.Epoch)
	case r.SQL == "" || len(r.Plan) == 0:
		return invalidf("registry record of query %s without SQL or without a plan", r.ID)
	case r.Failed != nil && *r.Failed == "":
		return invalidf("registry record of query %s, failed without a reason", r.ID)
	case r.Completed && r.Failed == nil:
		return invalidf("registry record of query %s, completed without a reason", r.ID)
	case r.Failing != nil && (r.Failed == nil || *r.Failing < 0 || *r.Failing >= r.Epoch):
		return invalidf("registry record of query %s at epoch %d names %d as the epoch that failed", r.ID, r.Epoch, *r.Failing)
	}
	if err := checkOwner(r.Owner, r.Labels); err != nil {
		return err
	}
	if err := r.Options.check(); err != nil {
		return err
	}
	return checkTime("submitted", r.Submitted)
}

const registryPrefix = "q/"

// RegistryKey returns the key of a query's records in millrace.registry.
func RegistryKey(id string) []byte { return []byte(registryPrefix + id) }

// ParseRegistryKey returns the id of the query that a record of
// millrace.registry is about; ok is false where it is about no query.
func ParseRegistryKey(key []byte) (id string, ok bool) { return parseKey(key, registryPrefix, ValidID) }

// FormatEpoch returns the value of [HeaderEpoch].
func FormatEpoch(epoch int64) []byte { return strconv.AppendInt(nil, epoch, 10) }

// ParseEpoch reads the value of [HeaderEpoch].
func ParseEpoch(value []byte) (int64, error) {
	epoch, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || epoch < 0 || string(FormatEpoch(epoch)) != string(value) {
		return 0, invalidf("epoch header %.40q: expected a number", value)
	}
	return epoch, nil
}
