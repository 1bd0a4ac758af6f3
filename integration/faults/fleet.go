package faults

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/planted"
)

const (
	partitions         = 8
	exchangePartitions = 8
	schedulers         = 3 // in ordinary times
	mostSchedulers     = 4 // in a storm
)

// service is one of Millrace's processes with its links.
type service struct {
	*process
	kafka *link
	redis *link // nil: it does not speak to Redis
}

// fleet is all processes under test.
type fleet struct {
	monitor, parser, shown *service
	schedulers             []*service
	all                    []*service
	links                  []*link
}

// names of the services, and of their listeners at the broker.
func names() []string {
	all := []string{"directory-monitor", "query-parser", "presentation"}
	for i := range mostSchedulers {
		all = append(all, fmt.Sprintf("scheduler-%d", i+1))
	}
	return all
}

func listener(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }

// newFleet makes the links and the services, not yet started.
func newFleet(j *journal, cfg *Config, p *ports, listeners map[string][2]string, redis, watched string) (*fleet, error) {
	f := &fleet{}
	one := func(name, binary string, withRedis bool, args ...string) (*service, error) {
		at := listeners[listener(name)]
		s := &service{}
		var err error
		if s.kafka, err = newLink(name+"–kafka", at[1], at[0]); err != nil {
			return nil, err
		}
		f.links = append(f.links, s.kafka)
		metrics := p.next()
		all := []string{
			"--brokers", at[1], "--listen", metrics, "--log-level", "debug", "--log-format", "json",
			"--partitions", fmt.Sprint(partitions), "--exchange-partitions", fmt.Sprint(exchangePartitions),
		}
		if withRedis {
			if s.redis, err = newLink(name+"–redis", p.next(), redis); err != nil {
				return nil, err
			}
			f.links = append(f.links, s.redis)
			all = append(all, "--redis", s.redis.address)
		}
		if all = append(all, args...); cfg.extra != nil {
			all = append(all, cfg.extra(binary)...)
		}
		if s.process, err = newProcess(j, cfg.Dir, filepath.Join(cfg.Bin, binary), name, all...); err != nil {
			return nil, err
		}
		s.listen = metrics
		if cfg.Planted != "" {
			s.always = []string{planted.Variable + "=" + cfg.Planted}
		}
		s.line = func(line []byte) { heard(j, s.process, line) }
		f.all = append(f.all, s)
		return s, nil
	}
	var err error
	if f.monitor, err = one("directory-monitor", "directory-monitor", false, "--watch", watched, "--name", "faults", "--rescan", "1s"); err != nil {
		return nil, err
	}
	if f.parser, err = one("query-parser", "query-parser", false, "--max-groups", "0", "--max-rows-per-second", "0", "--max-result-bytes", "0", "--log-rows", "0"); err != nil {
		return nil, err
	}
	if f.shown, err = one("presentation", "presentation", true); err != nil {
		return nil, err
	}
	for i := range mostSchedulers {
		s, err := one(fmt.Sprintf("scheduler-%d", i+1), "scheduler", true, "--slot", "auto", "--checkpoint-interval", "3s")
		if err != nil {
			return nil, err
		}
		f.schedulers = append(f.schedulers, s)
	}
	return f, nil
}

// heard looks at a line of a service's log; the process is locked.
func heard(j *journal, p *process, line []byte) {
	var l logLine
	kind, tells := l.read(line)
	if l.Msg == "slot taken" && l.Slot != nil {
		p.slot = *l.Slot
	}
	switch l.Msg {
	case "restoring a merge partition":
		p.run.restored++
		p.run.restoring[l.Partition] = p.run.restored
		if p.onRestore != nil {
			go p.onRestore()
			p.onRestore = nil
		}
	case "a restore came to nothing":
		p.run.void++
		delete(p.run.restoring, l.Partition)
	case "merge partition restored":
		delete(p.run.restoring, l.Partition)
	}
	if l.Level == "ERROR" {
		j.count(p.name + " logged an error: " + l.Msg)
	}
	if tells {
		now := time.Now()
		j.show(evidence{at: now, since: now, who: p.name, kind: kind, cause: l.Msg})
	}
}

// ids returns the transactional ids that the service uses now.
func (s *service) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.name == "directory-monitor":
		return []string{"millrace-directory-monitor-faults"}
	case s.name == "query-parser":
		return []string{"millrace-query-parser"}
	case s.slot >= 0:
		return []string{fmt.Sprintf("millrace-scan-%d", s.slot), fmt.Sprintf("millrace-merge-%d", s.slot)}
	default:
		return nil
	}
}
