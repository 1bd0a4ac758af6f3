package wire

import (
	"slices"
	"time"
)

// FileProgress says how far directory-monitor has taken one file: the value of a
// record of millrace.files. Its key is the file's identity, as the monitor makes
// it; a null value means that the file is forgotten.
type FileProgress struct {
	Version int    `json:"version"`
	Path    string `json:"path"` // below the watched folder, with /, where it was last seen
	Inode   uint64 `json:"inode"`

	// Hash is the SHA-256, in hex, of the file's first HashLen bytes. A small file
	// may grow beyond them.
	Hash    string `json:"hash"`
	HashLen int64  `json:"hash_len"`

	// Tail is the SHA-256, in hex, of the up to 4 KiB before Offset; "" where that
	// is not kept (compressed files).
	Tail string `json:"tail,omitempty"`

	// Format is how the file is read: "" or one of [Formats]; "" as "ndjson", which
	// is all that monitors read that did not write it. State is what has to be known
	// to go on at Offset: "" or one of [States].
	Format string `json:"format,omitempty"`
	State  string `json:"state,omitempty"`

	Generation int64 `json:"generation"` // how often the file was truncated or rewritten
	Offset     int64 `json:"offset"`     // decompressed bytes taken
	Lines      int64 `json:"lines"`      // lines taken: line feeds before Offset, and one more if Open
	Size       int64 `json:"size"`       // of the file itself, when this was written

	// Open: the last record taken had no line break, because the file had settled.
	// Bytes appended to it become a dead letter.
	Open bool `json:"open,omitempty"`

	Done    bool       `json:"done,omitempty"`    // all of the file at Size is taken
	Failed  string     `json:"failed,omitempty"`  // why nothing beyond Offset can be read
	Missing *time.Time `json:"missing,omitempty"` // since when the file is gone
}

// Formats are how files are read.
func Formats() []string { return []string{"ndjson", "json", "csv", "tsv", "text"} }

// States are what may have to be known of a file of the format json: that the
// offset is within an array, behind its end, or behind a broken document of which
// the end cannot be told.
func States() []string { return []string{"array", "closed", "lost"} }

// Marshal returns the message as JSON, with the present version.
func (p *FileProgress) Marshal() ([]byte, error) {
	v := *p
	v.Version = Version
	if err := v.check(); err != nil {
		return nil, err
	}
	return marshal(&v)
}

// Unmarshal reads what Marshal writes. Times are in UTC.
func (p *FileProgress) Unmarshal(b []byte) error {
	var v FileProgress
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	if v.Missing != nil {
		*v.Missing = v.Missing.UTC()
	}
	*p = v
	return nil
}

func (p *FileProgress) check() error {
	if err := checkVersion("file progress", p.Version); err != nil {
		return err
	}
	if err := checkSHA256("hash", p.Hash); err != nil {
		return err
	}
	if p.Tail != "" {
		if err := checkSHA256("tail", p.Tail); err != nil {
			return err
		}
	}
	if p.Missing != nil {
		if err := checkTime("missing", *p.Missing); err != nil {
			return err
		}
	}
	switch {
	case p.Format != "" && !slices.Contains(Formats(), p.Format):
		return invalidf("file progress of %s with the format %q, which this program does not read", p.Path, p.Format)
	case p.State != "" && (p.Format != "json" || !slices.Contains(States(), p.State)):
		return invalidf("file progress of %s with the state %q of format %q", p.Path, p.State, p.Format)
	case p.Path == "":
		return invalidf("file progress without a path")
	case p.HashLen < 0 || p.Generation < 0 || p.Offset < 0 || p.Lines < 0 || p.Size < 0:
		return invalidf("file progress of %s with a negative number", p.Path)
	case p.Lines > p.Offset:
		return invalidf("file progress of %s with %d lines in %d bytes", p.Path, p.Lines, p.Offset)
	}
	return nil
}
