package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// ID names a plan, an expression or anything made of them: the first 128 bits
// of a SHA-256. Equal things have equal IDs; that two different things share
// one is taken to be impossible.
type ID [16]byte

// String returns the ID as 32 lower-case hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads what [ID.String] writes.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*len(id) {
		return ID{}, fmt.Errorf("id %q: expected %d hex digits, found %d characters", s, 2*len(id), len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("id %q: %w", s, err)
	}
	if id.String() != s {
		return ID{}, fmt.Errorf("id %q: expected lower-case hex digits", s)
	}
	return id, nil
}

// Fingerprint returns the ID of the plan from n down: a hash of [Encode].
func Fingerprint(n Node) ID { return HashID([]byte("plan"), Encode(n)) }

// FingerprintExpr returns the ID of an expression: a hash of [Version] and
// [EncodeExpr].
func FingerprintExpr(e Expr) ID {
	return HashID([]byte("expr"), EncodeExpr([]byte{Version}, e))
}

// HashID returns the ID of a sequence of parts. Each part is hashed with its
// length, so that moving bytes from one part to the next changes the ID.
func HashID(parts ...[]byte) ID {
	h := sha256.New()
	var size [binary.MaxVarintLen64]byte
	for _, p := range parts {
		h.Write(size[:binary.PutUvarint(size[:], uint64(len(p)))])
		h.Write(p)
	}
	return ID(h.Sum(nil)[:16])
}
