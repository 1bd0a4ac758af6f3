package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// programOf returns what tells this program, with its streams, from others: merge
// makes the same of a definition where it is equal. It is a hash of the executable,
// for versions do not tell all builds apart; empty if that cannot be read.
func programOf(streams *catalog.Catalog) func() string {
	return func() string {
		file, err := os.Open("/proc/self/exe") // what runs, also where another file has taken its name
		if err != nil {
			var path string
			if path, err = os.Executable(); err == nil {
				file, err = os.Open(path)
			}
		}
		if err != nil {
			return ""
		}
		defer file.Close()
		h := sha256.New()
		if _, err := io.Copy(h, file); err != nil {
			return ""
		}
		for _, s := range streams.Streams() {
			fmt.Fprintf(h, "%+v\n", *s)
		}
		return hex.EncodeToString(h.Sum(nil)[:8])
	}
}
