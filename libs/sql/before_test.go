package sql_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/plan"
)

// TestBoundsOfMicroseconds holds what docs/decisions/0017 says of queries that were
// registered when timestamps were microseconds. The bytes are those that were written then.
func TestBoundsOfMicroseconds(t *testing.T) {
	const head, tail = "0107010501026964010269640202", "0106747765657473" // SELECT id FROM tweets WHERE …
	for _, test := range []struct {
		condition, bytes, filter string
		same                     bool // the text becomes the same bytes now
	}{
		{"created_at < '2016-10-03'", "04026c650102010a637265617465645f6174050205feffb680d4fa9e05", "le(created_at, 2016-10-02T23:59:59.999999Z)", false},
		{"created_at >= '2016-10-02'", "04036e6f74010104026c650102010a637265617465645f6174050205fefffba2d0f59e05", "not(le(created_at, 2016-10-01T23:59:59.999999Z))", false},
		{"created_at BETWEEN '2016-10-02' AND '2016-10-03'", "0403616e64010204026c650102010a637265617465645f61740502058080b780d4fa9e0504036e6f74010104026c650102010a637265617465645f6174050205fefffba2d0f59e05", "and(le(created_at, 2016-10-03T00:00:00.000Z), not(le(created_at, 2016-10-01T23:59:59.999999Z)))", false},
		{"created_at <= '2016-10-03'", "04026c650102010a637265617465645f61740502058080b780d4fa9e05", "le(created_at, 2016-10-03T00:00:00.000Z)", true},
		{"created_at > '2016-10-03'", "04036e6f74010104026c650102010a637265617465645f61740502058080b780d4fa9e05", "not(le(created_at, 2016-10-03T00:00:00.000Z))", true},
		{"created_at = '2016-10-03'", "040265710102010a637265617465645f61740502058080b780d4fa9e05", "eq(created_at, 2016-10-03T00:00:00.000Z)", true},
		{"created_at <= '2016-10-02T23:59:59.999999'", "04026c650102010a637265617465645f6174050205feffb680d4fa9e05", "le(created_at, 2016-10-02T23:59:59.999999Z)", true}, // the bytes of the first
	} {
		old, err := hex.DecodeString(head + test.bytes + tail)
		if err != nil {
			t.Fatal(err)
		}
		was, err := plan.Decode(old)
		if err != nil {
			t.Errorf("%s: %v", test.condition, err)
			continue
		}
		if text := plan.Format(was); !strings.Contains(text, "Filter "+test.filter+"\n") {
			t.Errorf("%s is read as\n%s, not %s", test.condition, text, test.filter)
		}
		now, err := sql.Compile("SELECT id FROM tweets WHERE "+test.condition, tweets(t))
		if err != nil {
			t.Fatal(err)
		}
		if same := plan.Fingerprint(now) == plan.Fingerprint(was); same != test.same {
			t.Errorf("%s has the same id: %t\n%s", test.condition, same, plan.Format(now))
		}
	}
}
