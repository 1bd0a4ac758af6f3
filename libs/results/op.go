package results

import "time"

// Target names the query that an operation is for, at one epoch (the offset of
// its submission).
//
// Redis keeps the greatest epoch it has seen per query. An operation of a lower
// one is refused; the first of a higher one removes all keys of the query, unless
// they are of the epoch that it keeps (a query that failed keeps its own rows, and
// not those of another under the same id that it was to replace).
type Target struct {
	ID    string
	Epoch int64
	// Seen says that this writer has had an operation of this epoch
	// acknowledged before. If Redis knows no epoch of the query then, it has
	// lost data, and the call fails with ErrLost.
	Seen bool
	// Keep says that this epoch keeps what is there of the epoch Kept.
	Keep bool
	Kept int64
}

func (t *Target) target() *Target { return t }

// Op is one operation of [Writer.Apply]. The set of types is closed. A Writer
// does not change operations and keeps none.
type Op interface {
	target() *Target
}

// QueryOf returns the id of the query that an operation is for.
func QueryOf(op Op) string { return op.target().ID }

// Rows sets and deletes whole rows, of one window where Window is not zero.
// Keys are group keys as canonical JSON arrays, rows are JSON objects. A key
// must not be both set and deleted.
type Rows struct {
	Target
	Window Window
	Set    map[string][]byte
	Del    []string
	// TTL is the retention of a window's rows, counted from its last change; 0
	// for none. Without a Window it is ignored.
	TTL time.Duration
}

// Top replaces an ordered list as a whole, in one call however long it is.
type Top struct {
	Target
	Window Window
	Rows   [][]byte // {"key":[…],"row":{…}} each, in order
	TTL    time.Duration
}

// Log appends rows to a query's log. Entries at or below the log's last id are
// there already and skipped, so that a repeat changes nothing. One merge
// partition writes a query's log.
type Log struct {
	Target
	Entries []LogRow // in ascending order of (Offset, Index)
	// Gap puts an entry before Entries that says that rows may be missing here.
	Gap bool
	// MaxLen caps the log, approximately; 0 means no cap.
	MaxLen int64
}

// LogRow is one row of a log. Its stream id is Offset-Index.
type LogRow struct {
	Offset int64 // of the exchange record that brought the row
	Index  int64 // of the row in that record, from 1; 0 belongs to gap entries
	Row    []byte
}

// Meta sets facts of a query. They are published.
type Meta struct {
	Target
	Fields map[string]string
}

// Counters sets this merge partition's share of a query's counters: the field
// NAME:P of the query's facts. Readers sum over partitions.
type Counters struct {
	Target
	Values map[string]int64
}

// Listing sets a query's summary in `millrace:queries`: one line of JSON.
type Listing struct {
	Target
	Summary []byte
}

// Drop ends a query at an epoch: its keys expire in ten minutes, and for 24
// hours no operation of a lower epoch is accepted. It may be applied when Redis
// has no such keys, repeatedly, before the writer's offset has reached the
// fence's, and when Redis is out of memory.
type Drop struct {
	Target
}

// DropWindow deletes a window with its rows.
type DropWindow struct {
	Target
	Window Window
}

// Clear deletes the results of a query, of every merge partition, and keeps
// its epoch and facts.
type Clear struct {
	Target
}

// How long a dropped query's keys stay, and how long its epoch.
const (
	dropKeep      = 10 * time.Minute
	dropTombstone = 24 * time.Hour
)
