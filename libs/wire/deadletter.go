package wire

import (
	"crypto/sha256"
	"encoding/hex"
)

// DeadLetterBytes is how much of a dead letter is kept.
const DeadLetterBytes = 64 << 10

// DeadLetter is input that could not be read: the value of a record of
// millrace.dead-letters, whose key is Source.
type DeadLetter struct {
	Version int    `json:"version"`
	Source  string `json:"source"`         // the file's identity, or TOPIC-PARTITION
	File    string `json:"file,omitempty"` // the path, where it is from a file
	Offset  int64  `json:"offset"`         // of its first byte in the (decompressed) file; of the record in the partition
	Line    int64  `json:"line,omitempty"` // from 1: in File; without one, among the record's documents; 0: not known
	Byte    int64  `json:"byte,omitempty"` // of its first byte in the (decompressed) File, where Offset is a record's
	Length  int64  `json:"length"`         // of all of it, in bytes
	SHA256  string `json:"sha256"`         // of all of it, in hex
	Reason  string `json:"reason"`
	Data    []byte `json:"data"` // its first 64 KiB, base64 in JSON
}

// NewDeadLetter returns a dead letter of data that is at hand; where it is from
// is left to the caller. It keeps data.
func NewDeadLetter(data []byte, reason string) *DeadLetter {
	sum := sha256.Sum256(data)
	return &DeadLetter{
		Version: Version, Length: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Reason: reason,
		Data: data[:min(len(data), DeadLetterBytes)],
	}
}

// Marshal returns the message as JSON, with the present version.
func (d *DeadLetter) Marshal() ([]byte, error) {
	v := *d
	v.Version = Version
	if v.Data == nil {
		v.Data = []byte{}
	}
	if err := v.check(); err != nil {
		return nil, err
	}
	return marshal(&v)
}

// Unmarshal reads what Marshal writes.
func (d *DeadLetter) Unmarshal(b []byte) error {
	var v DeadLetter
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	*d = v
	return nil
}

func (d *DeadLetter) check() error {
	if err := checkVersion("dead letter", d.Version); err != nil {
		return err
	}
	switch {
	case d.Source == "" || d.Reason == "":
		return invalidf("dead letter without a source or without a reason")
	case d.Offset < 0 || d.Line < 0 || d.Byte < 0:
		return invalidf("dead letter of %s at offset %d, line %d, byte %d", d.Source, d.Offset, d.Line, d.Byte)
	case d.Data == nil || len(d.Data) > DeadLetterBytes || int64(len(d.Data)) > d.Length:
		return invalidf("dead letter of %s with %d of %d bytes", d.Source, len(d.Data), d.Length)
	}
	return checkSHA256("sha256", d.SHA256)
}
