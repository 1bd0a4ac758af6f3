package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// ticks is how many of the kernel's units of time a second has, for programs: USER_HZ.
const ticks = 100

// Process returns the source of the metrics of this process, process_*, that Linux
// tells in /proc. What cannot be read there is not shown.
func Process() Source { return processIn("/proc") }

func processIn(proc string) Source {
	desc := func(name, help string, t Type) *Desc {
		return &Desc{Name: "process_" + name, Help: help, Type: t}
	}
	var (
		cpu         = desc("cpu_seconds_total", "Total user and system CPU time spent in seconds.", Counter)
		resident    = desc("resident_memory_bytes", "Resident memory size in bytes.", Gauge)
		virtual     = desc("virtual_memory_bytes", "Virtual memory size in bytes.", Gauge)
		start       = desc("start_time_seconds", "Start time of the process since unix epoch in seconds.", Gauge)
		openFiles   = desc("open_fds", "Number of open file descriptors.", Gauge)
		mostFiles   = desc("max_fds", "Maximum number of open file descriptors.", Gauge)
		mostVirtual = desc("virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.", Gauge)
		received    = desc("network_receive_bytes_total", "Number of bytes received by the process over the network.", Counter)
		sent        = desc("network_transmit_bytes_total", "Number of bytes sent by the process over the network.", Counter)
	)
	return func(p *Page) {
		if s, err := readStat(proc); err == nil {
			p.Add(cpu, s.cpu)
			p.Add(resident, s.resident)
			p.Add(virtual, s.virtual)
			p.Add(start, s.start)
		}
		if n, err := entries(proc + "/self/fd"); err == nil {
			p.Add(openFiles, float64(n))
		}
		if text, err := os.ReadFile(proc + "/self/limits"); err == nil {
			for _, l := range []struct {
				desc *Desc
				name string
			}{{mostFiles, "Max open files"}, {mostVirtual, "Max address space"}} {
				if n, err := limit(string(text), l.name); err == nil {
					p.Add(l.desc, n)
				}
			}
		}
		if text, err := os.ReadFile(proc + "/self/net/netstat"); err == nil {
			octets := table(string(text), "IpExt:")
			p.Add(received, octets["InOctets"])
			p.Add(sent, octets["OutOctets"])
		}
	}
}

// stat is what /proc/self/stat says: seconds, bytes, and seconds since 1970.
type stat struct{ cpu, resident, virtual, start float64 }

func readStat(proc string) (stat, error) {
	text, err := os.ReadFile(proc + "/self/stat")
	if err != nil {
		return stat{}, err
	}
	// The second field is the program's name, in parentheses, which may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 22 {
		return stat{}, fmt.Errorf("%s/self/stat has %d fields after the name", proc, len(fields))
	}
	field := func(n int) float64 { // counted from 1, as in proc(5)
		v, parsed := strconv.ParseFloat(fields[n-3], 64)
		err = errors.Join(err, parsed)
		return v
	}
	s := stat{
		cpu:      (field(14) + field(15)) / ticks,
		start:    field(22) / ticks,
		virtual:  field(23),
		resident: field(24) * float64(os.Getpagesize()),
	}
	system, read := os.ReadFile(proc + "/stat")
	err = errors.Join(err, read)
	for line := range strings.Lines(string(system)) {
		if at, ok := strings.CutPrefix(line, "btime "); ok {
			boot, parsed := strconv.ParseFloat(strings.TrimSpace(at), 64)
			err = errors.Join(err, parsed)
			s.start += boot
		}
	}
	return s, err
}

// entries counts what is in a folder.
func entries(folder string) (int, error) {
	f, err := os.Open(folder)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	return len(names), err
}

// limit returns the soft limit of that name; that there is none is spelled as the
// kernel has it, 2^64-1.
func limit(text, name string) (float64, error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name+" ")
		if !ok {
			continue
		}
		soft := strings.Fields(rest)
		switch {
		case len(soft) == 0:
		case soft[0] == "unlimited":
			return math.MaxUint64, nil
		default:
			return strconv.ParseFloat(soft[0], 64)
		}
	}
	return 0, fmt.Errorf("no limit %q", name)
}

// table reads the values of the two lines, of names and of values, that begin with prefix.
func table(text, prefix string) map[string]float64 {
	var names []string
	values := map[string]float64{}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, prefix)
		if !ok {
			continue
		}
		if names == nil {
			names = strings.Fields(rest)
			continue
		}
		for i, field := range strings.Fields(rest) {
			if v, err := strconv.ParseFloat(field, 64); err == nil && i < len(names) {
				values[names[i]] = v
			}
		}
	}
	return values
}
