package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// childName is the command that is the scheduler of what measures over a stand.
const childName = "pinned-scheduler"

// benchStand is the flags of what measures over a Kafka and a Redis that are given,
// with a scheduler in a process of its own.
type benchStand struct {
	where   servers
	reset   bool
	seed    int
	format  string
	profile string
}

// flags gives the command its flags, and those that add adds between where the servers
// are and how figures are printed, and has it run.
func (b *benchStand) flags(cmd *cobra.Command, profileOf string, add func(f *daemon.Flags), run func(cmd *cobra.Command) error) {
	where, f := daemon.NewFlags(cmd.Name()), daemon.NewFlags(cmd.Name())
	b.where.flags(where)
	for _, name := range []string{"brokers", "redis"} {
		flag := where.Set().Lookup(name)
		flag.Usage, _, _ = strings.Cut(flag.Usage, ";")
	}
	// Where the servers are may be said by the environment; what is measured, and whether
	// anything is deleted before, may not.
	f.Bool(&b.reset, "reset", false, "delete for good what Kafka and Redis hold of Millrace's, queries and posts too")
	add(f)
	f.Int(&b.seed, "seed", 1, 0, 1<<62, "another seed gives other queries and other generated tweets")
	f.Choice(&b.format, "format", "table", []string{"table", "json"}, "how the figures are printed")
	f.String(&b.profile, "profile", "", "`FILE` that takes a processor profile of the scheduler"+profileOf)
	for _, set := range []*pflag.FlagSet{where.Set(), f.Set()} {
		set.VisitAll(func(flag *pflag.Flag) {
			if flag.Name != "config" {
				cmd.Flags().AddFlag(flag)
			}
		})
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := where.Resolve(os.LookupEnv); err != nil {
			return err
		}
		return measured(cmd, run)
	}
}

// servers returns what was said of the servers, and the command that starts a
// scheduler.
func (b *benchStand) servers(name string) (servers stand.Servers, command []string, err error) {
	if len(b.where.kafka.Brokers) == 0 || b.where.redis.Address == "" {
		return servers, nil, daemon.Usagef("bench %[1]s measures over a Kafka and a Redis that run, and hold nothing of Millrace's: "+
			"say where they are, as in `millrace bench %[1]s --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379` (what is embedded is no benchmark)", name)
	}
	self, err := os.Executable()
	if err != nil {
		return servers, nil, fmt.Errorf("find the program to start a scheduler with: %w", err)
	}
	return stand.Servers{Kafka: b.where.kafka, Redis: b.where.redis, Topics: b.where.topics}, []string{self, "bench", childName}, nil
}

// benchChildCommand is what is started as the scheduler; it is not for people.
func benchChildCommand() *cobra.Command {
	return &cobra.Command{
		Use: childName, Hidden: true, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := warnings(cmd)
			results.LogClient(log)
			return stand.Child(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), log)
		},
	}
}
