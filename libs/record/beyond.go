package record

import (
	"cmp"
	"encoding/binary"
	"math"
	"time"
)

// An earlier version, which counted microseconds, wrote instants that no TIMESTAMP has
// now: those of the year 9999, say. Such a value is the first or the last instant to
// whoever computes with it, but it is ordered, encoded and shown as it was: ids, which
// are hashes of plans, keys of groups and rows of results stay the same. Only what is
// decoded can be one; str holds its microseconds, as the wire has them.

// beyondMicros returns the TIMESTAMP of microseconds since 1970 that are beyond its range.
func beyondMicros(micros int64) Value {
	v := TimestampOf(math.MaxInt64)
	if micros < 0 {
		v = TimestampOf(math.MinInt64)
	}
	v.str = string(binary.AppendVarint(nil, micros))
	return v
}

// timestampOfMicros returns the TIMESTAMP of microseconds since 1970.
func timestampOfMicros(micros int64) Value {
	if micros < math.MinInt64/perMicro || micros > math.MaxInt64/perMicro {
		return beyondMicros(micros)
	}
	return TimestampOf(micros * perMicro)
}

// beyond returns the microseconds of a TIMESTAMP beyond the range, of others false.
func (v Value) beyond() (micros int64, ok bool) {
	if v.typ.Kind != Timestamp || v.str == "" {
		return 0, false
	}
	micros, _ = binary.Varint([]byte(v.str))
	return micros, true
}

// compareBeyond orders two TIMESTAMPs of equal nanoseconds.
func compareBeyond(a, b Value) int {
	am, _ := a.beyond()
	bm, _ := b.beyond()
	return cmp.Compare(am, bm)
}

// shown returns the instant that a TIMESTAMP is written as.
func (v Value) shown() time.Time {
	if micros, ok := v.beyond(); ok {
		return time.UnixMicro(micros).UTC()
	}
	return v.Time()
}
