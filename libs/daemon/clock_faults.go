//go:build faults

package daemon

import (
	"os"
	"sync"
	"time"
)

// offset is how far the process's clock is off: by the duration that
// MILLRACE_CLOCK_OFFSET holds. Builds with the tag faults are for the tests of
// faults only.
var offset = sync.OnceValue(func() time.Duration {
	d, err := time.ParseDuration(os.Getenv("MILLRACE_CLOCK_OFFSET"))
	if err != nil {
		return 0
	}
	return d
})
