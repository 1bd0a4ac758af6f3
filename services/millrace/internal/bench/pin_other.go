//go:build !linux

package bench

// Pin pins nothing here, and says so by returning no cores.
func Pin(int) (cpus []int, release func(), err error) { return nil, func() {}, nil }

func pinThread(int) error { return nil }

// repin does nothing.
func repin([]int) error { return nil }
