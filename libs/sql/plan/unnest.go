package plan

import (
	"strconv"
	"strings"
)

// Unnest makes a row for every element of Array in every row of its input, in the
// order of the elements: one with all columns of the input, and two more, which are
// called [ElementColumn] and [PositionColumn]. Of a row in which Array is NULL or
// empty it makes none. It stands on a Scan or another Unnest: what is chosen is chosen
// above, so that queries which unnest the same share it.
type Unnest struct {
	In    Node
	Array Expr // of type ARRAY
}

// ElementColumn returns the name of the column that the Unnest of a level adds for the
// element. Levels are counted from 1, the nearest to the Scan. No stream has a column
// of such a name.
func ElementColumn(level int) string { return "#" + strconv.Itoa(level) }

// PositionColumn returns the name of the column that the Unnest of a level adds for the
// place of the element in its array, from 1.
func PositionColumn(level int) string { return ElementColumn(level) + positionSuffix }

const positionSuffix = ".position"

// UnnestColumn returns of which level a column is, and whether it is that of the
// position; ok is false for columns of streams.
func UnnestColumn(name string) (level int, position, ok bool) {
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false, false
	}
	digits, position = strings.CutSuffix(digits, positionSuffix)
	level, err := strconv.Atoi(digits)
	if err != nil || level < 1 || strconv.Itoa(level) != digits {
		return 0, false, false
	}
	return level, position, true
}

// level returns how many levels of Unnest there are up to n.
func level(n Node) int {
	levels := 0
	for ; n != nil; n = n.Input() {
		if _, ok := n.(*Unnest); ok {
			levels++
		}
	}
	return levels
}
