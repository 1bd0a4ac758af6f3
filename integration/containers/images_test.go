package containers

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/segmentio/encoding/json"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// mostSize is what an image may weigh, in bytes.
const mostSize = 30_000_000

// inspected is what the tests look at of an image.
type inspected struct {
	Size   int64
	Config struct {
		User        string
		Entrypoint  []string
		StopSignal  string
		Labels      map[string]string
		Healthcheck struct{ Test []string }
	}
}

// The tests run over the Kafka and the Redis that docker-compose.yml names.
func TestPublicImages(t *testing.T) {
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{kafkaImage, redisImage} {
		if !strings.Contains(string(text), "image: "+name+"\n") {
			t.Errorf("docker-compose.yml does not name %s", name)
		}
	}
}

// What is promised of the images can be read off them.
func TestImages(t *testing.T) {
	engine(t)
	for _, name := range append(services(), "millrace") {
		var images []inspected
		if err := json.Unmarshal([]byte(docker(t.Context(), t, "image", "inspect", image(name))), &images); err != nil {
			t.Fatal(err)
		}
		is := images[0]
		if is.Size >= mostSize {
			t.Errorf("%s weighs %d bytes, at most %d are allowed", name, is.Size, mostSize)
		}
		uid, gid, _ := strings.Cut(is.Config.User, ":")
		for _, id := range []string{uid, gid} {
			if n, err := strconv.Atoi(id); err != nil || n == 0 {
				t.Errorf("%s runs as %q, want numbers that are not root's", name, is.Config.User)
			}
		}
		if want := []string{"/" + name}; !slices.Equal(is.Config.Entrypoint, want) {
			t.Errorf("%s: entrypoint %q", name, is.Config.Entrypoint)
		}
		if want := []string{"CMD", "/" + name, "healthcheck"}; !slices.Equal(is.Config.Healthcheck.Test, want) {
			t.Errorf("%s: health check %q, want %q", name, is.Config.Healthcheck.Test, want)
		}
		if is.Config.StopSignal != "SIGTERM" {
			t.Errorf("%s: stop signal %q", name, is.Config.StopSignal)
		}
		for _, label := range []string{"title", "description", "version", "revision", "licenses"} {
			if is.Config.Labels["org.opencontainers.image."+label] == "" {
				t.Errorf("%s has no label %s", name, label)
			}
		}
		if got := docker(t.Context(), t, "run", "--rm", "--read-only", image(name), "version"); !strings.HasPrefix(got, name+" ") {
			t.Errorf("%s version: %q", name, got)
		}
	}
}

// Kafka, Redis and the services from the images: a query through the topic, a
// file in the folder, rows in Redis and over HTTP.
func TestServices(t *testing.T) {
	ctx := t.Context()
	f := servers(ctx, t)
	f.all(ctx, t)
	queries := standing()
	submit(ctx, t, f.broker, queries)
	lines := posts(ctx, t, 10000, 3)
	put(t, f.inbox, "tweets.ndjson", lines)
	answered(ctx, t, f.redis, queries, lines)
	delete(queries, "retweets")
	shows(ctx, t, f.address(ctx, t, "presentation"), queries, lines)

	for name, c := range f.services {
		is, err := c.Inspect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !is.HostConfig.ReadonlyRootfs {
			t.Errorf("%s can write to its root file system", name)
		}
		// As this machine sees it, with a health check that may be under way.
		top := docker(ctx, t, "top", c.GetContainerID(), "-eo", "pid,uid,gid")
		for line := range strings.Lines(top) {
			if f := strings.Fields(line); f[0] != "PID" && (f[1] != "65532" || f[2] != "65532") {
				t.Errorf("%s is not only run by 65532:\n%s", name, top)
			}
		}
	}
	f.drained(ctx, t, lines)
}

// A service that has nothing to work with lives, is not ready, and says so.
func TestHealth(t *testing.T) {
	ctx := t.Context()
	engine(t)
	alone, err := network.New(ctx)
	testcontainers.CleanupNetwork(t, alone)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range services() {
		c := start(ctx, t, image(name), network.WithNetwork(nil, alone),
			testcontainers.WithEnv(map[string]string{"MILLRACE_BROKERS": "kafka:19092", "MILLRACE_REDIS": "redis:6379"}),
			testcontainers.WithHostConfigModifier(func(h *container.HostConfig) { h.Tmpfs = map[string]string{"/inbox": ""} }),
			testcontainers.WithConfigModifier(func(c *container.Config) {
				c.Healthcheck = &container.HealthConfig{Interval: 500e6} // the image's own, and sooner
			}),
			testcontainers.WithWaitStrategy(wait.ForHealthCheck()))
		for want, args := range map[int][]string{0: {"healthcheck"}, 1: {"healthcheck", "ready"}} {
			code, said := run(ctx, t, c, append([]string{"/" + name}, args...)...)
			if code != want || want == 1 && !strings.Contains(said, `"ready":false`) {
				t.Errorf("%s %s: exit %d, want %d: %s", name, strings.Join(args, " "), code, want, said)
			}
		}
	}
}

// run runs a command in a container.
func run(ctx context.Context, t *testing.T, c *testcontainers.DockerContainer, command ...string) (code int, said string) {
	t.Helper()
	code, out, err := c.Exec(ctx, command)
	if err != nil {
		t.Fatal(fmt.Errorf("%v: %w", command, err))
	}
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return code, string(text)
}
