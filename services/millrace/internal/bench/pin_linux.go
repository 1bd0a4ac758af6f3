package bench

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pin keeps all threads of the process, the collector's too, on the first
// cores of those that it may use, and returns which these are, and what undoes it.
func Pin(cores int) (cpus []int, release func(), err error) {
	var before, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return nil, nil, err
	}
	for cpu := range len(before) * 64 {
		if before.IsSet(cpu) && len(cpus) < cores {
			cpus = append(cpus, cpu)
			set.Set(cpu)
		}
	}
	if len(cpus) < cores {
		return nil, nil, errors.New("there are fewer")
	}
	if err := pinAll(&set); err != nil {
		return nil, nil, err
	}
	return cpus, func() { _ = pinAll(&before) }, nil
}

// repin keeps all threads on these cores, which Pin returned, or some of them.
func repin(cpus []int) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return pinAll(&set)
}

// pinAll pins every thread that there is; those that come inherit it.
func pinAll(set *unix.CPUSet) error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, set); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

// pinThread keeps the calling thread on one core.
func pinThread(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	return unix.SchedSetaffinity(0, &set)
}
