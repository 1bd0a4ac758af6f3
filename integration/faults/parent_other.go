//go:build !linux

package faults

import "syscall"

// dieWithParent does nothing here: a harness that is killed leaves its processes.
func dieWithParent() *syscall.SysProcAttr { return nil }
