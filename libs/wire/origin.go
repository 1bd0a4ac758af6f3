package wire

import (
	"bytes"
	"cmp"
	"slices"
)

// Origin says where a run of lines of a batch comes from: consecutive lines of
// one file, as they stand there.
type Origin struct {
	At   int64  `json:"at"`             // offset of the run's first byte in the record's value
	File string `json:"file,omitempty"` // the path; empty: that of the run before
	Line int64  `json:"line"`           // of its first line in the file, from 1
	Byte int64  `json:"byte"`           // of its first byte in the (decompressed) file, from 0
}

// Origins are the runs of a batch in order, the first at 0: the value of
// [HeaderOrigin].
type Origins []Origin

// Marshal returns the header's value, JSON.
func (o Origins) Marshal() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return marshal(o)
}

// Unmarshal reads what Marshal writes.
func (o *Origins) Unmarshal(b []byte) error {
	var v Origins
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	*o = v
	return nil
}

func (o Origins) check() error {
	if len(o) == 0 || o[0].At != 0 || o[0].File == "" {
		return invalidf("origins: expected a run at 0 that names its file")
	}
	for i := range o {
		if o[i].Line < 1 || o[i].Byte < 0 || i > 0 && o[i].At <= o[i-1].At {
			return invalidf("origins: run %d at %d: line %d, byte %d", i, o[i].At, o[i].Line, o[i].Byte)
		}
	}
	return nil
}

// Find returns the file of the line that begins at the offset in the batch's
// value, its line in the file and the offset there. ok is false if there is no
// such line.
func (o Origins) Find(value []byte, at int) (file string, line, offset int64, ok bool) {
	if at < 0 || at >= len(value) || len(o) == 0 {
		return "", 0, 0, false
	}
	i, exact := slices.BinarySearchFunc(o, int64(at), func(r Origin, at int64) int { return cmp.Compare(r.At, at) })
	if !exact {
		i-- // the first run is at 0
	}
	run := o[i]
	named := i
	for named > 0 && o[named].File == "" {
		named--
	}
	passed := value[run.At:at]
	return o[named].File, run.Line + int64(bytes.Count(passed, []byte{'\n'})), run.Byte + int64(len(passed)), true
}
