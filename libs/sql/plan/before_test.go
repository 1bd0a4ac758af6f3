package plan

import (
	"encoding/hex"
	"testing"
)

// TestPlansOfMicroseconds: plans of the last version in which timestamps were
// microseconds, from the year 1 to 9999, are read, are what they were, and keep their ids,
// by which state is found.
func TestPlansOfMicroseconds(t *testing.T) {
	for _, test := range []struct{ bytes, id, text string }{
		{ // SELECT count(*) FROM tweets WHERE created_at < TIMESTAMP '9999-12-31'
			"010701050108636f756e74282a290502000204000105636f756e7402000204026c650102010a637265617465645f6174050205feffdfe995fea184070106747765657473",
			"a26e3f18cfe4148963add4a69d28388c",
			`Output emit=changes columns=[count(*)]
└─ Project count(*)=agg(0)
   └─ Aggregate keys=[] aggs=[count(*)]
      └─ Filter le(created_at, 9999-12-30T23:59:59.999999Z)
         └─ Scan tweets
`,
		},
		{ // SELECT id FROM tweets WHERE created_at BETWEEN '0001-01-01' AND '9999-12-31'
			"01070105010269640102696402020403616e64010204026c650102010a637265617465645f61740502058080e0e995fea1840704036e6f74010104026c650102010a637265617465645f61740502058180def2dfffdfdc010106747765657473",
			"9f2bcd7cace1d1b8a82233454bcc962f",
			`Output emit=changes columns=[id]
└─ Project id=id
   └─ Filter and(le(created_at, 9999-12-31T00:00:00.000Z), not(le(created_at, 0000-12-31T23:59:59.999999Z)))
      └─ Scan tweets
`,
		},
		{ // SELECT created_at, count(*) FROM tweets GROUP BY created_at HAVING max(created_at) <> '9999-12-31'
			"01070105020a637265617465645f61740501000508636f756e74282a29050200020204036e6f7401010402657101020502010502058080e0e995fea184070401010a637265617465645f6174050205636f756e740200036d61780501010a637265617465645f6174050106747765657473",
			"2ae9e65ad37f1ce48c018f1ba3ae6606",
			`Output emit=changes columns=[created_at count(*)]
└─ Project created_at=key(0) count(*)=agg(0)
   └─ Filter not(eq(agg(1), 9999-12-31T00:00:00.000Z))
      └─ Aggregate keys=[created_at] aggs=[count(*) max(created_at)]
         └─ Scan tweets
`,
		},
	} {
		b, err := hex.DecodeString(test.bytes)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Decode(b)
		if err != nil {
			t.Errorf("%v\n%s", err, test.text)
			continue
		}
		if got := Format(out); got != test.text {
			t.Errorf("%s\nwas\n%s", got, test.text)
		}
		if got := Fingerprint(out).String(); got != test.id {
			t.Errorf("%s has the id %s, and had %s", test.text, got, test.id)
		}
	}
}
