package wire

import (
	"strings"
	"time"
)

// checkDeclaration checks what the records of streams and views have in common; kind names
// which.
func checkDeclaration(kind string, version int, name string, epoch int64, sql, owner string, submitted time.Time) error {
	if err := checkVersion(kind+" record", version); err != nil {
		return err
	}
	switch {
	case !ValidName(name):
		return invalidf("record of %s name %.140q", kind, name)
	case epoch < 0:
		return invalidf("record of %s %s with epoch %d", kind, name, epoch)
	case sql == "":
		return invalidf("record of %s %s without SQL", kind, name)
	}
	if err := checkOwner(owner, nil); err != nil {
		return err
	}
	return checkTime("submitted", submitted)
}

// parseKey returns what stands behind a prefix in a key of millrace.registry; ok is false
// where the key has another prefix, or what stands there is not valid.
func parseKey(key []byte, prefix string, valid func(string) bool) (name string, ok bool) {
	name, ok = strings.CutPrefix(string(key), prefix)
	return name, ok && valid(name)
}

// ValidName reports whether name can be a stream's or a view's: 1 to 100 of a-z 0-9 _,
// no digit first.
func ValidName(name string) bool {
	if name == "" || len(name) > 100 || '0' <= name[0] && name[0] <= '9' {
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
