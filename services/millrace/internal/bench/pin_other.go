//go:build !linux

package bench

// pinProcess pins nothing here, and says so by returning no cores.
func pinProcess(int) (cpus []int, release func(), err error) { return nil, func() {}, nil }

func pinThread(int) error { return nil }
