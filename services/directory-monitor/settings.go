package monitor

import (
	"time"

	"github.com/millrace/millrace/libs/daemon"
)

// DefaultPort is where /healthz, /readyz and /metrics are, on loopback.
const DefaultPort = 9301

// Settings are a monitor's settings as flags, environment variables and the
// configuration file give them.
type Settings struct {
	Watch                  []Watch
	Name                   string
	Input                  Input
	Settle, Rescan, Commit time.Duration
	Kafka                  daemon.KafkaSettings
	Topics                 daemon.TopicSettings
}

// Flags registers the settings.
func (s *Settings) Flags(f *daemon.Flags) {
	s.FolderFlags(f)
	f.Kafka(&s.Kafka)
	f.Topics(&s.Topics)
	f.Check(func() error {
		if len(s.Watch) == 0 {
			return daemon.Usagef("--watch is empty: give the folder to watch, as in --watch /data/in")
		}
		return nil
	})
}

// FolderFlags registers only the settings that other programs do not have.
func (s *Settings) FolderFlags(f *daemon.Flags) {
	WatchFlag(f, &s.Watch, "")
	f.String(&s.Name, "name", "", "`NAME` of the monitor; the default is made from the folder's absolute path")
	s.Input.Flags(f)
	f.Duration(&s.Settle, "settle", DefaultSettle, 10*time.Millisecond, time.Hour,
		"how long a file stays unchanged before an unterminated last line, or a compressed file, is taken")
	f.Duration(&s.Rescan, "rescan", DefaultRescan, 10*time.Millisecond, time.Hour, "how often the folder is looked through, events apart")
	f.Duration(&s.Commit, "commit-interval", DefaultCommit, time.Millisecond, maxCommit, "least time between commits")
}

// Config returns the settings as RunAll takes them with Watch, for a program that runs as p.
func (s *Settings) Config(p *daemon.Process) Config {
	return Config{
		Name: s.Name, InputFormat: s.Input.Format, Columns: s.Input.Columns, Settle: s.Settle, Rescan: s.Rescan, Commit: s.Commit,
		Kafka: s.Kafka.Config("millrace-directory-monitor", p.Log), Layout: s.Topics.Layout(), MaxLine: int(s.Topics.MaxLine),
		Log: p.Log, Clock: p.Clock, Metrics: p.Registry, Ready: p.Ready,
	}
}
