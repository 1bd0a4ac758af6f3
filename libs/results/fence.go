package results

import (
	"cmp"
	"fmt"
	"strconv"
)

// Fence is what `millrace:merge:P` holds of its owner's progress. Token is the
// offset of the claim record by which the owner took the partition; N grows by
// at least one with every script of that owner; Offset is the exchange offset
// up to which the owner had folded when it wrote, -1 for none; Repair says that
// a republish is owed. The zero Fence stands for "nothing was ever written".
type Fence struct {
	Token  int64
	N      int64
	Offset int64
	Repair bool
}

// Less orders fences by (token, n): what a checkpoint recorded must not be
// greater than what Redis holds.
func (f Fence) Less(g Fence) bool {
	return cmp.Or(cmp.Compare(f.Token, g.Token), cmp.Compare(f.N, g.N)) < 0
}

// fenceFields are read together, in this order.
var fenceFields = [...]string{"token", "n", "offset", "repair"}

func parseFence(vals []any) (Fence, bool, error) {
	if len(vals) < len(fenceFields) || vals[0] == nil {
		return Fence{}, false, nil
	}
	var nums [3]int64
	for i := range nums {
		s, _ := vals[i].(string)
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Fence{}, false, fmt.Errorf("fence field %s is %q, not a number: run millrace reset", fenceFields[i], s)
		}
		nums[i] = n
	}
	repair, _ := vals[3].(string)
	return Fence{Token: nums[0], N: nums[1], Offset: nums[2], Repair: repair == "1"}, true, nil
}
