package record

import (
	"math"
	"testing"
)

// The bytes are those that the last version wrote which counted microseconds.
const (
	year9999 = "\x05\x80\x80\xe0\xe9\x95\xfe\xa1\x84\x07" // 9999-12-31
	year1    = "\x05\xff\xff\xdd\xf2\xdf\xff\xdf\xdc\x01" // 0001-01-01
)

// TestBeyond: an instant that no TIMESTAMP has any more is the first or the last one,
// and written as it was.
func TestBeyond(t *testing.T) {
	for _, test := range []struct {
		wire, json string
		nanos      int64
	}{
		{year9999, `"9999-12-31T00:00:00.000Z"`, math.MaxInt64},
		{year1, `"0001-01-01T00:00:00.000Z"`, math.MinInt64},
		{"\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", `"-290308-12-21T19:59:05.224192Z"`, math.MinInt64},
	} {
		v, rest, err := DecodeValue([]byte(test.wire + "!"))
		if err != nil || string(rest) != "!" {
			t.Errorf("%x: %d bytes left, %v", test.wire, len(rest), err)
			continue
		}
		if v.Int() != test.nanos || !v.Type().Equal(TimestampType) || v.Time().UnixNano() != test.nanos {
			t.Errorf("%x is %d, a %s of %s; want %d", test.wire, v.Int(), v.Type(), v.Time(), test.nanos)
		}
		if got := string(AppendValue(nil, v)); got != test.wire {
			t.Errorf("%x is written again as %x", test.wire, got)
		}
		if got := string(AppendJSON(nil, v)); got != test.json {
			t.Errorf("%x is shown as %s, not %s", test.wire, got, test.json)
		}
	}
}

// TestBeyondReadsBack: keys of rows in Redis that show such an instant name the group
// that they did.
func TestBeyondReadsBack(t *testing.T) {
	for wire, key := range map[string]string{year9999: `["9999-12-31T00:00:00.000Z"]`, year1: `["0001-01-01T00:00:00.000Z"]`} {
		vs, err := ParseJSONArray([]byte(key), []Type{TimestampType})
		if err != nil {
			t.Error(err)
		} else if got := string(AppendValue(nil, vs[0])); got != wire {
			t.Errorf("%s is %x, not %x", key, got, wire)
		}
	}
}

func TestBeyondIsOrdered(t *testing.T) {
	read := func(wire string) Value {
		v, _, err := DecodeValue([]byte(wire))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	order := []Value{
		NullOf(TimestampType), read(year1), TimestampOf(math.MinInt64), TimestampOf(0), TimestampOf(math.MaxInt64),
		read("\x05\xfe\xff\xdf\xe9\x95\xfe\xa1\x84\x07"), read(year9999), // a microsecond less
	}
	for i, a := range order {
		for j, b := range order {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := Compare(a, b); got != want {
				t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
}
