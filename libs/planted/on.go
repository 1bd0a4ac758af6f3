//go:build faults

package planted

import (
	"crypto/rand"
	"fmt"
	"strings"
	"syscall"
)

// Enabled says whether this program can have bugs planted.
const Enabled = true

// On reports whether the bug is planted: the environment names it, now.
func On(b Bug) bool {
	name, _ := syscall.Getenv(Variable) // os.Getenv would note every call for the cache of test results
	return name == string(b)
}

// Rewrite returns the source of a script, with pairs of old and new text replaced
// where the bug is planted. Every old text must be there.
func Rewrite(b Bug, source string, pairs ...string) string {
	if !On(b) {
		return source
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(source, pairs[i]) {
			panic(fmt.Sprintf("bug %s cannot be planted: the script lacks %q", b, pairs[i]))
		}
	}
	return strings.NewReplacer(pairs...).Replace(source)
}

// Suffix returns a text that is another each time where the bug is planted, else "".
func Suffix(b Bug) string {
	if !On(b) {
		return ""
	}
	return "-" + rand.Text()
}
