package containers

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	tclog "github.com/testcontainers/testcontainers-go/log"
)

// The public images, as docker-compose.yml names them.
const (
	kafkaImage = "apache/kafka:4.3.1"
	redisImage = "redis:8.10.2"
)

var (
	wanted  = flag.Bool("containers", false, "run the tests in containers, from the images that there are")
	measure = flag.Bool("measure", false, "measure the images: size, time to ready, idle memory")
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The reaper would be one more image to pull; tests remove their containers themselves.
	for name, value := range map[string]string{"TESTCONTAINERS_RYUK_DISABLED": "true", "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1"} {
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
	tclog.SetDefault(log.New(io.Discard, "", 0)) // a line per container and state is no help
	os.Exit(m.Run())
}

// services are the four, in the order of the stream.
func services() []string {
	return []string{"directory-monitor", "query-parser", "scheduler", "presentation"}
}

// ports are where the services listen within their containers.
func ports() map[string]string {
	return map[string]string{"directory-monitor": "9301", "query-parser": "8082", "scheduler": "8083", "presentation": "8080"}
}

// version is the tag of Millrace's images.
func version() string {
	if v := os.Getenv("MILLRACE_VERSION"); v != "" {
		return v
	}
	return "dev"
}

func image(service string) string { return "millrace/" + service + ":" + version() }

// engine skips the test where Docker does not answer or has not the images, and
// fails it there in CI. Images may be older than the code, so that whoever wants
// the test has to say so.
func engine(t *testing.T) {
	t.Helper()
	if !*wanted && !*measure {
		t.Skip("needs Docker and images of this code: make containers")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := try(ctx, nil, "version", "--format", "{{.Server.Version}}"); err != nil {
		missing(t, "no Docker engine answers: %v", err)
	}
	for _, s := range append(services(), "millrace") {
		if _, err := try(ctx, nil, "image", "inspect", image(s)); err != nil {
			missing(t, "there is no image %s: run `make images`", image(s))
		}
	}
	for _, name := range []string{kafkaImage, redisImage} {
		if _, err := try(ctx, nil, "image", "inspect", name); err != nil {
			missing(t, "there is no image %s: run `docker pull %s`, or `make airgap` where no registry is reached", name, name)
		}
	}
}

// missing skips the test, or fails it in CI.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// docker runs the command line of Docker and returns what it prints.
func docker(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	out, err := try(ctx, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try is docker with variables, for what may fail.
func try(ctx context.Context, env []string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}

// eventually tries until fn succeeds, for at most as long as that.
func eventually(ctx context.Context, t *testing.T, most time.Duration, fn func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	var last error
	for {
		err := fn(ctx)
		if err == nil {
			return
		}
		if last == nil || !errors.Is(err, context.DeadlineExceeded) {
			last = err
		}
		select {
		case <-ctx.Done():
			t.Fatalf("after %s: %v", most, last)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// both is try for what is printed on both outputs, as logs are.
func both(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
