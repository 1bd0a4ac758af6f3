package random

import (
	"encoding/json"

	"github.com/millrace/millrace/integration/reference"
)

// Telling reports whether a result says something about the engine that has it: it is
// neither empty nor all NULL.
func Telling(rows []reference.Row) bool {
	for i := range rows {
		var values map[string]any
		if json.Unmarshal(rows[i].Row, &values) != nil {
			continue
		}
		for _, v := range values {
			if v != nil {
				return true
			}
		}
	}
	return false
}
