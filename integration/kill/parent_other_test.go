//go:build !linux

package kill

import "syscall"

// dieWithParent does nothing where there is no such thing: a test that is itself
// killed leaves its services behind.
func dieWithParent() *syscall.SysProcAttr { return nil }
