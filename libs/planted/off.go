//go:build !faults

package planted

// Enabled says whether this program can have bugs planted.
const Enabled = false

// On reports whether the bug is planted.
func On(Bug) bool { return false }

// Rewrite returns the source of a script, with pairs of old and new text replaced
// where the bug is planted.
func Rewrite(_ Bug, source string, _ ...string) string { return source }

// Suffix returns a text that is another each time where the bug is planted, else "".
func Suffix(Bug) string { return "" }
