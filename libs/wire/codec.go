package wire

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/segmentio/encoding/json"
)

// Version is the version of all messages that this program writes.
const Version = 1

// Header keys and values of records.
const (
	// HeaderBatch with the value BatchNDJSON marks a record of millrace.tweets as
	// one JSON document per line. Without it the value is one document.
	HeaderBatch = "batch"
	BatchNDJSON = "ndjson"

	// HeaderOrigin tells of a batch where its lines come from, as [Origins]. For
	// people who look for a document: nothing is computed from it.
	HeaderOrigin = "origin"

	// HeaderEndOfInput marks the record of millrace.tweets, with an empty value,
	// behind which a bounded input has nothing more in the partition.
	HeaderEndOfInput = "end-of-input"

	// HeaderEpoch is on every record of a query in millrace.registry, tombstones
	// too: the epoch in decimal digits.
	HeaderEpoch = "epoch"
)

// ErrInvalid is what every error of this package is, in the sense of
// [errors.Is]: the bytes or the message are not what the schema allows.
var ErrInvalid = errors.New("invalid message")

// invalidError is an ErrInvalid that says only what is wrong.
type invalidError struct{ msg string }

func (e *invalidError) Error() string        { return e.msg }
func (e *invalidError) Is(target error) bool { return target == ErrInvalid }

func invalidf(format string, args ...any) error {
	return &invalidError{fmt.Sprintf(format, args...)}
}

// ValidID reports whether id can be a query's: 1 to 128 of A-Z a-z 0-9 . _ -.
func ValidID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// marshal writes v as JSON with <, > and & as they are and keys of maps sorted.
func marshal(v any) ([]byte, error) {
	b, err := json.Append(nil, v, json.SortMapKeys)
	if err != nil {
		return nil, invalidf("%v", err)
	}
	return b, nil
}

func unmarshal(b []byte, v any) error {
	if !utf8.Valid(b) {
		return invalidf("not UTF-8")
	}
	if err := json.Unmarshal(b, v); err != nil {
		return invalidf("%v", err)
	}
	return nil
}

func checkVersion(message string, version int) error {
	if version != Version {
		return invalidf("%s of version %d, this program reads version %d", message, version, Version)
	}
	return nil
}

func checkTime(field string, t time.Time) error {
	if y := t.UTC().Year(); t.IsZero() || y < 1970 || y > 9999 {
		return invalidf("%s: expected a time from 1970 to 9999", field)
	}
	return nil
}

func checkSHA256(field, s string) error {
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(s) {
		return invalidf("%s: expected a SHA-256 as 64 hex digits, found %q", field, s)
	}
	return nil
}
