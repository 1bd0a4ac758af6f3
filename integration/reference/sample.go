package reference

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// compileSample reads TABLESAMPLE: a document is kept if its hash, as a part of all that
// there are, is below the percentage.
func (q *Query) compileSample() error {
	s := q.stmt.From.Sample
	if s == nil {
		return nil
	}
	if q.lower != nil {
		return errors.New("TABLESAMPLE of groups")
	}
	percent, err := strconv.ParseFloat(s.Percent.Text, 64)
	if err != nil {
		return fmt.Errorf("TABLESAMPLE: %w", err)
	}
	seed := int64(0)
	if s.Repeatable != nil {
		if seed, err = strconv.ParseInt(s.Repeatable.Text, 10, 64); err != nil {
			return fmt.Errorf("REPEATABLE: %w", err)
		}
	}
	q.drawn = func(d *Document) bool {
		h := xxhash.NewWithSeed(uint64(seed))
		_, _ = h.WriteString(string([]rune(d.text)))
		return math.Ldexp(float64(h.Sum64()>>11), -53) < percent/100
	}
	return nil
}
