package metrics

// memory is what the runtime says of its memory: the gauges and counters that
// Prometheus' own library has, and the measures of [runtime/metrics] of which each
// is the sum.
func memory() []measured {
	return []measured{
		{Desc{Name: "go_memstats_alloc_bytes", Help: "Number of bytes allocated in heap and currently in use. Equals to /memory/classes/heap/objects:bytes.", Type: Gauge}, []string{"/memory/classes/heap/objects:bytes"}},
		{Desc{Name: "go_memstats_alloc_bytes_total", Help: "Total number of bytes allocated in heap until now, even if released already. Equals to /gc/heap/allocs:bytes.", Type: Counter}, []string{"/gc/heap/allocs:bytes"}},
		{Desc{Name: "go_memstats_buck_hash_sys_bytes", Help: "Number of bytes used by the profiling bucket hash table. Equals to /memory/classes/profiling/buckets:bytes.", Type: Gauge}, []string{"/memory/classes/profiling/buckets:bytes"}},
		{Desc{Name: "go_memstats_frees_total", Help: "Total number of heap objects frees. Equals to /gc/heap/frees:objects + /gc/heap/tiny/allocs:objects.", Type: Counter}, []string{"/gc/heap/frees:objects", "/gc/heap/tiny/allocs:objects"}},
		{Desc{Name: "go_memstats_gc_sys_bytes", Help: "Number of bytes used for garbage collection system metadata. Equals to /memory/classes/metadata/other:bytes.", Type: Gauge}, []string{"/memory/classes/metadata/other:bytes"}},
		{Desc{Name: "go_memstats_heap_alloc_bytes", Help: "Number of heap bytes allocated and currently in use, same as go_memstats_alloc_bytes. Equals to /memory/classes/heap/objects:bytes.", Type: Gauge}, []string{"/memory/classes/heap/objects:bytes"}},
		{Desc{Name: "go_memstats_heap_idle_bytes", Help: "Number of heap bytes waiting to be used. Equals to /memory/classes/heap/released:bytes + /memory/classes/heap/free:bytes.", Type: Gauge}, []string{"/memory/classes/heap/released:bytes", "/memory/classes/heap/free:bytes"}},
		{Desc{Name: "go_memstats_heap_inuse_bytes", Help: "Number of heap bytes that are in use. Equals to /memory/classes/heap/objects:bytes + /memory/classes/heap/unused:bytes", Type: Gauge}, []string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes"}},
		{Desc{Name: "go_memstats_heap_objects", Help: "Number of currently allocated objects. Equals to /gc/heap/objects:objects.", Type: Gauge}, []string{"/gc/heap/objects:objects"}},
		{Desc{Name: "go_memstats_heap_released_bytes", Help: "Number of heap bytes released to OS. Equals to /memory/classes/heap/released:bytes.", Type: Gauge}, []string{"/memory/classes/heap/released:bytes"}},
		{Desc{Name: "go_memstats_heap_sys_bytes", Help: "Number of heap bytes obtained from system. Equals to /memory/classes/heap/objects:bytes + /memory/classes/heap/unused:bytes + /memory/classes/heap/released:bytes + /memory/classes/heap/free:bytes.", Type: Gauge}, []string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes", "/memory/classes/heap/released:bytes", "/memory/classes/heap/free:bytes"}},
		{Desc{Name: "go_memstats_mallocs_total", Help: "Total number of heap objects allocated, both live and gc-ed. Semantically a counter version for go_memstats_heap_objects gauge. Equals to /gc/heap/allocs:objects + /gc/heap/tiny/allocs:objects.", Type: Counter}, []string{"/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects"}},
		{Desc{Name: "go_memstats_mcache_inuse_bytes", Help: "Number of bytes in use by mcache structures. Equals to /memory/classes/metadata/mcache/inuse:bytes.", Type: Gauge}, []string{"/memory/classes/metadata/mcache/inuse:bytes"}},
		{Desc{Name: "go_memstats_mcache_sys_bytes", Help: "Number of bytes used for mcache structures obtained from system. Equals to /memory/classes/metadata/mcache/inuse:bytes + /memory/classes/metadata/mcache/free:bytes.", Type: Gauge}, []string{"/memory/classes/metadata/mcache/inuse:bytes", "/memory/classes/metadata/mcache/free:bytes"}},
		{Desc{Name: "go_memstats_mspan_inuse_bytes", Help: "Number of bytes in use by mspan structures. Equals to /memory/classes/metadata/mspan/inuse:bytes.", Type: Gauge}, []string{"/memory/classes/metadata/mspan/inuse:bytes"}},
		{Desc{Name: "go_memstats_mspan_sys_bytes", Help: "Number of bytes used for mspan structures obtained from system. Equals to /memory/classes/metadata/mspan/inuse:bytes + /memory/classes/metadata/mspan/free:bytes.", Type: Gauge}, []string{"/memory/classes/metadata/mspan/inuse:bytes", "/memory/classes/metadata/mspan/free:bytes"}},
		{Desc{Name: "go_memstats_next_gc_bytes", Help: "Number of heap bytes when next garbage collection will take place. Equals to /gc/heap/goal:bytes.", Type: Gauge}, []string{"/gc/heap/goal:bytes"}},
		{Desc{Name: "go_memstats_other_sys_bytes", Help: "Number of bytes used for other system allocations. Equals to /memory/classes/other:bytes.", Type: Gauge}, []string{"/memory/classes/other:bytes"}},
		{Desc{Name: "go_memstats_stack_inuse_bytes", Help: "Number of bytes obtained from system for stack allocator in non-CGO environments. Equals to /memory/classes/heap/stacks:bytes.", Type: Gauge}, []string{"/memory/classes/heap/stacks:bytes"}},
		{Desc{Name: "go_memstats_stack_sys_bytes", Help: "Number of bytes obtained from system for stack allocator. Equals to /memory/classes/heap/stacks:bytes + /memory/classes/os-stacks:bytes.", Type: Gauge}, []string{"/memory/classes/heap/stacks:bytes", "/memory/classes/os-stacks:bytes"}},
		{Desc{Name: "go_memstats_sys_bytes", Help: "Number of bytes obtained from system. Equals to /memory/classes/total:byte.", Type: Gauge}, []string{"/memory/classes/total:bytes"}},
		{Desc{Name: "go_gc_gogc_percent", Help: "Heap size target percentage configured by the user, otherwise 100. This value is set by the GOGC environment variable, and the runtime/debug.SetGCPercent function. Sourced from /gc/gogc:percent.", Type: Gauge}, []string{"/gc/gogc:percent"}},
		{Desc{Name: "go_gc_gomemlimit_bytes", Help: "Go runtime memory limit configured by the user, otherwise math.MaxInt64. This value is set by the GOMEMLIMIT environment variable, and the runtime/debug.SetMemoryLimit function. Sourced from /gc/gomemlimit:bytes.", Type: Gauge}, []string{"/gc/gomemlimit:bytes"}},
		{Desc{Name: "go_sched_gomaxprocs_threads", Help: "The current runtime.GOMAXPROCS setting, or the number of operating system threads that can execute user-level Go code simultaneously. Sourced from /sched/gomaxprocs:threads.", Type: Gauge}, []string{"/sched/gomaxprocs:threads"}},
	}
}
