package faults

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/results"
)

// observer looks at Redis and at the processes all the time, past the links.
type observer struct {
	journal *journal
	store   *store
	fleet   *fleet

	mu      sync.Mutex
	losses  int // times that Redis has lost what it acknowledged
	fences  map[int32]results.Fence
	last    [exchangePartitions]int64 // the greatest offset of each, whatever was lost
	lostAt  time.Time
	marks   map[string]int64 // query, epoch and partition → the offset of its last change
	looks   int
	change  int
	chained int
	usage   map[string]*usage
	aborts  map[string]float64
}

// usage is the most that a process has used.
type usage struct {
	Resident   int64 // bytes
	Goroutines int64
	Files      int64
}

func newObserver(j *journal, s *store, f *fleet) *observer {
	return &observer{
		journal: j, store: s, fleet: f,
		fences: map[int32]results.Fence{}, marks: map[string]int64{}, usage: map[string]*usage{}, aborts: map[string]float64{},
	}
}

// lose says that Redis loses what it acknowledged: begin and end of it.
func (o *observer) lose() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.losses++
	o.lostAt = time.Now()
	clear(o.fences)
	clear(o.marks)
}

// lost tells how often Redis has lost something.
func (o *observer) lost() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.losses
}

// progress grows with the exchange offsets that are written to Redis.
func (o *observer) progress() (sum int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, at := range o.last {
		sum += at
	}
	return sum
}

// watchFences polls the fences: no offset goes back, no token, no n.
func (o *observer) watchFences(ctx context.Context) error {
	for pause(ctx, 25*time.Millisecond) {
		for p := range int32(exchangePartitions) {
			era := o.lost()
			now, err := o.fence(ctx, p)
			if err != nil || now == nil {
				continue
			}
			o.mu.Lock()
			if era == o.losses {
				if was, ok := o.fences[p]; ok && (now.Offset < was.Offset || now.Less(was)) {
					o.journal.violation("the fence of merge partition %d went back from %+v to %+v", p, was, *now)
				}
				o.fences[p] = *now
				o.last[p] = max(o.last[p], now.Offset)
				o.looks++
			}
			o.mu.Unlock()
		}
	}
	return nil
}

// fence reads one fence as it stands; nil where there is none.
func (o *observer) fence(ctx context.Context, p int32) (*results.Fence, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	fields, err := o.store.client.HMGet(ctx, results.FenceKey(p), "token", "n", "offset", "repair").Result()
	if err != nil || fields[0] == nil || fields[1] == nil || fields[2] == nil {
		return nil, err
	}
	var f results.Fence
	for i, to := range []*int64{&f.Token, &f.N, &f.Offset} {
		text, _ := fields[i].(string)
		if *to, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, err
		}
	}
	return &f, nil
}

// watchUsage looks at what the processes use, and at their counts of aborts.
func (o *observer) watchUsage(ctx context.Context) error {
	client := &http.Client{Timeout: time.Second}
	for pause(ctx, time.Second) {
		for _, s := range o.fleet.all {
			pid := s.pid()
			if pid == 0 {
				continue
			}
			u := usage{Resident: status(pid, "VmRSS:") << 10, Files: files(pid)}
			if _, ok := s.running(); ok {
				o.metrics(ctx, client, s, pid, &u)
			}
			o.mu.Lock()
			most := o.usage[s.name]
			if most == nil {
				most = new(usage)
				o.usage[s.name] = most
			}
			most.Resident = max(most.Resident, u.Resident)
			most.Goroutines = max(most.Goroutines, u.Goroutines)
			most.Files = max(most.Files, u.Files)
			o.mu.Unlock()
		}
	}
	return nil
}

// metrics reads a service's metrics; aborts counted since the last look are
// evidence.
func (o *observer) metrics(ctx context.Context, client *http.Client, s *service, pid int, u *usage) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.listen+"/metrics", http.NoBody)
	if err != nil {
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		switch {
		case name == "go_goroutines":
			u.Goroutines = int64(n)
		case strings.HasPrefix(name, "millrace_aborts_total"), name == "millrace_monitor_sessions_total":
			key := fmt.Sprint(s.name, pid, name)
			o.mu.Lock()
			was, seen := o.aborts[key]
			if name == "millrace_monitor_sessions_total" && !seen {
				was = max(1, n) // its first session is its start
				if n > 1 {
					was = 1
				}
			}
			o.aborts[key] = n
			o.mu.Unlock()
			if n > was {
				o.journal.show(evidence{at: time.Now(), who: s.name, kind: transaction, cause: name})
			}
		}
	}
}

func status(pid int, field string) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb
		}
	}
	return 0
}

func files(pid int) int64 {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return int64(len(all))
}
