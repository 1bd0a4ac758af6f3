package faults

import "syscall"

// dieWithParent makes a process end when the harness ends, however that ends, and
// keeps signals of a terminal from it.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
