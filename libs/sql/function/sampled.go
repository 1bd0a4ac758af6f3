package function

import (
	"github.com/cespare/xxhash/v2"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// Sampled is TABLESAMPLE BERNOULLI: a row is kept or not by a hash of its document, so
// that whoever asks, and whenever, keeps the same rows.
const Sampled = "sampled"

func sampling() []Scalar {
	return []Scalar{{
		Name: Sampled, SQL: "TABLESAMPLE BERNOULLI (percent) REPEATABLE (seed)", Section: Documents, Canonical: true, Strict: true,
		Overloads: []Overload{on("(document JSON, percent DOUBLE, seed BIGINT) BOOLEAN", func(a []record.Value) (record.Value, error) {
			var d xxhash.Digest
			d.ResetWithSeed(uint64(a[2].Int()))
			if planted.On(planted.SeedForgotten) {
				d.Reset()
			}
			_, _ = d.WriteString(a[0].Str())
			// The upper 53 bits of the hash are a number in [0, 1) that a DOUBLE holds exactly.
			return record.Bool(float64(d.Sum64()>>11)*0x1p-53 < a[1].Float()/100), nil
		})},
		Doc:      "Whether a row is one of the sample: each is with that probability, which is from 0 to 100, by a hash (XXH64) of its document and the seed, 0 if none is written. Equal documents are in it together, and of two samples with one seed the smaller is part of the larger.",
		Examples: []Example{{`'{}'::JSON, 100.0, 7`, "TRUE"}, {`'{}'::JSON, 0.0, 7`, "FALSE"}},
	}}
}
