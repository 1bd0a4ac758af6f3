package monitor

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
)

// The test binary starts itself again as a process that can be killed: as a
// monitor, or as the embedded log.
const (
	childEnv   = "MILLRACE_TEST_CHILD"
	childWatch = "MILLRACE_TEST_WATCH"
	childAddr  = "MILLRACE_TEST_BROKERS"
)

// childMain is the main function of such a process; false in the test itself.
func childMain() bool {
	switch os.Getenv(childEnv) {
	case "monitor":
		c := childConfig(os.Getenv(childWatch), strings.Split(os.Getenv(childAddr), ","))
		c.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
		if err := Run(context.Background(), c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return true
	case "log":
		servers, err := embedded.Start(embedded.Options{Log: true})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(strings.Join(servers.Brokers, ","))
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // until the test closes it
		_ = servers.Close()
		return true
	default:
		return false
	}
}

func childConfig(watch string, brokers []string) Config {
	return Config{
		Watch: watch, Settle: 150 * time.Millisecond, Rescan: 50 * time.Millisecond, Commit: 20 * time.Millisecond,
		Kafka: kafka.Config{Brokers: brokers, Embedded: true}, Layout: kafka.Layout{Partitions: 3, ExchangePartitions: 1},
	}
}

func startChild(t *testing.T, mode string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(append(os.Environ(), childEnv+"="+mode), env...)
	return cmd
}

// seed returns the seed of a random test: given, or new and printed.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := uint64(time.Now().UnixNano())
	if text := os.Getenv("MILLRACE_TEST_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s = given
	}
	t.Logf("seed: MILLRACE_TEST_SEED=%d", s)
	return s
}

// kill ends a child at once and waits for it.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}
