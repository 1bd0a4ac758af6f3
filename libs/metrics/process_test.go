package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	runtimemetrics "runtime/metrics"
	"strings"
	"testing"
)

// The files of /proc are read as proc(5) has them, with a name that looks like fields.
func TestProcess(t *testing.T) {
	proc := t.TempDir()
	for name, text := range map[string]string{
		"stat":             "cpu 1 2 3\nbtime 1700000000\nprocesses 5\n",
		"self/stat":        "7 (a) R 1 (b) S 1 2 3 4 5 6 7 8 9 10 1234 66 13 14 15 16 17 18 5050 4096000 25 18446744073709551615\n",
		"self/limits":      "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\nMax address space         unlimited            unlimited            bytes\n",
		"self/net/netstat": "TcpExt: InOctets\nTcpExt: 3\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 1000 2000\n",
		"self/fd/0":        "",
		"self/fd/1":        "",
	} {
		path := filepath.Join(proc, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := NewRegistry()
	r.Register(processIn(proc))
	got := page(t, r)
	for _, line := range []string{
		"# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 13",
		"process_max_fds 1024",
		"process_network_receive_bytes_total 1000",
		"process_network_transmit_bytes_total 2000",
		"process_open_fds 2",
		fmt.Sprint("process_resident_memory_bytes ", 25*os.Getpagesize()),
		"process_start_time_seconds 1.7000000505e+09",
		"process_virtual_memory_bytes 4.096e+06",
		"process_virtual_memory_max_bytes 1.8446744073709552e+19",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
}

// What cannot be read, or is not what it should be, is left out.
func TestProcessWithout(t *testing.T) {
	proc := t.TempDir()
	r := NewRegistry()
	r.Register(processIn(proc))
	if got := page(t, r); got != "" {
		t.Errorf("without a /proc:\n%s", got)
	}
	if err := os.Mkdir(filepath.Join(proc, "self"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"self/stat": "7 (a) S 1 2", "self/limits": "Max open files many\n"} {
		if err := os.WriteFile(filepath.Join(proc, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := page(t, r); got != "" {
		t.Errorf("with broken files:\n%s", got)
	}
}

// What bench and the drills read of a real process is there.
func TestRealProcess(t *testing.T) {
	r := NewRegistry()
	r.Register(GoRuntime())
	r.Register(Process())
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]Family{}
	for _, f := range families {
		have[f.Name] = f
	}
	names := []string{"go_goroutines", "go_threads", "go_memstats_heap_inuse_bytes", "go_memstats_sys_bytes", "go_memstats_alloc_bytes_total", "go_sched_gomaxprocs_threads"}
	if runtime.GOOS == "linux" {
		names = append(names, "process_resident_memory_bytes", "process_virtual_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds")
	}
	for _, name := range names {
		if f := have[name]; len(f.Series) != 1 || f.Series[0].Value <= 0 || f.Help == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := have["go_info"]; len(f.Series) != 1 || f.Series[0].Label("version") != runtime.Version() {
		t.Errorf("go_info: %+v", f)
	}
	known := map[string]bool{}
	for _, d := range runtimemetrics.All() {
		known[d.Name] = d.Kind == runtimemetrics.KindUint64
	}
	for _, m := range memory() {
		for _, name := range m.of {
			if !known[name] {
				t.Errorf("%s is made of %s, which this runtime does not measure", m.desc.Name, name)
			}
		}
	}
}
