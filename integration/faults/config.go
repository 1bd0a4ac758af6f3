package faults

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Config says what a run does. The zero Seed is replaced by a random one.
type Config struct {
	Seed     uint64
	Duration time.Duration // of the faults; settling and checking come on top
	Rate     float64       // lines written per second
	Only     []string      // names of faults; empty: all
	Alone    bool          // never two faults at once
	Slack    float64       // factor for the bounds of drills, on a machine that does other things, too; 0: 1
	Planted  string        // a bug of package planted that the services have: it is to be caught

	Kafka string // folder with the broker's jars
	Java  string
	Redis string // redis-server
	Bin   string // folder with the services, built with the tag faults
	Dir   string // where logs and data go
	Out   io.Writer

	extra func(program string) []string // further arguments of a service; may be nil
}

// FromEnvironment fills in where the programs are: the folder that
// MILLRACE_KAFKA_LIB names, else the one that .ci/run fills; java and redis-server
// by MILLRACE_JAVA and MILLRACE_REDIS_SERVER, else on PATH.
func (c *Config) FromEnvironment() error {
	var errs []error
	c.Kafka = os.Getenv("MILLRACE_KAFKA_LIB")
	if c.Kafka == "" {
		cache, err := os.UserCacheDir()
		errs = append(errs, err)
		found, _ := filepath.Glob(filepath.Join(cache, "millrace-ci", "kafka-*", "complete"))
		if len(found) > 0 {
			c.Kafka = filepath.Dir(found[len(found)-1])
		}
	}
	if jars, _ := filepath.Glob(filepath.Join(c.Kafka, "kafka_2.13-*.jar")); len(jars) == 0 {
		errs = append(errs, errors.New("no Kafka: set MILLRACE_KAFKA_LIB to a folder with the broker's jars (the lib folder of a distribution, or what .ci/run fetches)"))
	}
	for _, p := range []struct {
		to             *string
		variable, name string
	}{{&c.Java, "MILLRACE_JAVA", "java"}, {&c.Redis, "MILLRACE_REDIS_SERVER", "redis-server"}} {
		name := os.Getenv(p.variable)
		if name == "" {
			name = p.name
		}
		path, err := exec.LookPath(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("no %s: put it on PATH or set %s: %w", p.name, p.variable, err))
		}
		*p.to = path
	}
	return errors.Join(errs...)
}
