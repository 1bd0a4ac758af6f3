package stand

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// readyTime returns for how long the threads that this process has now were ready and
// did not run, because other processes had the core, or other threads of this one. It
// is 0 where the system does not tell.
func readyTime() time.Duration {
	tasks, err := filepath.Glob("/proc/self/task/*/schedstat")
	if err != nil {
		return 0
	}
	var sum time.Duration
	for _, name := range tasks {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		var ran, waited time.Duration
		if _, err := fmt.Sscan(string(text), &ran, &waited); err == nil {
			sum += waited
		}
	}
	return sum
}
