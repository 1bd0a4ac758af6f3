package containers

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	mobynet "github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// fleet is a Kafka, a Redis and services, each a container of its own on one
// network, as testcontainers-go starts them.
type fleet struct {
	inbox         string // the watched folder, on this machine
	broker, redis string // host:port on loopback
	network       *testcontainers.DockerNetwork
	services      map[string]*testcontainers.DockerContainer
}

// servers starts Kafka and Redis.
func servers(ctx context.Context, t *testing.T) *fleet {
	t.Helper()
	engine(t)
	f := &fleet{inbox: t.TempDir(), services: map[string]*testcontainers.DockerContainer{}}
	readable(t, f.inbox)
	var err error
	f.network, err = network.New(ctx)
	testcontainers.CleanupNetwork(t, f.network)
	if err != nil {
		t.Fatal(err)
	}
	// Kafka tells its clients where it is, so its port is chosen before it starts.
	f.broker = free(ctx, t)
	start(ctx, t, kafkaImage, network.WithNetwork([]string{"kafka"}, f.network),
		testcontainers.WithEnv(map[string]string{
			"KAFKA_NODE_ID":                                  "1",
			"KAFKA_PROCESS_ROLES":                            "broker,controller",
			"KAFKA_CONTROLLER_QUORUM_VOTERS":                 "1@localhost:9093",
			"KAFKA_CONTROLLER_LISTENER_NAMES":                "CONTROLLER",
			"KAFKA_LISTENERS":                                "INSIDE://:19092,OUTSIDE://:9092,CONTROLLER://localhost:9093",
			"KAFKA_ADVERTISED_LISTENERS":                     "INSIDE://kafka:19092,OUTSIDE://" + f.broker,
			"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":           "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
			"KAFKA_INTER_BROKER_LISTENER_NAME":               "INSIDE",
			"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":         "1",
			"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
			"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":            "1",
			"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS":         "0",
			"KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS":     "8",
			"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS":             "8",
			"KAFKA_HEAP_OPTS":                                "-Xmx512m",
		}),
		published("9092/tcp", f.broker),
		testcontainers.WithWaitStrategy(wait.ForListeningPort("9092/tcp").WithStartupTimeout(time.Minute)))
	f.redis = free(ctx, t)
	start(ctx, t, redisImage, network.WithNetwork([]string{"redis"}, f.network),
		testcontainers.WithCmd("redis-server", "--maxmemory-policy", "noeviction"),
		published("6379/tcp", f.redis),
		testcontainers.WithWaitStrategy(wait.ForListeningPort("6379/tcp")))
	return f
}

// start starts a container that is removed when the test is over.
func start(ctx context.Context, t *testing.T, image string, options ...testcontainers.ContainerCustomizer) *testcontainers.DockerContainer {
	t.Helper()
	c, err := testcontainers.Run(ctx, image, options...)
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		if logs, lerr := both(ctx, "logs", "--tail", "30", c.GetContainerID()); lerr == nil {
			t.Log(logs)
		}
		t.Fatalf("start %s: %v", image, err)
	}
	return c
}

// published has a container's port be an address of this machine.
func published(port, address string) testcontainers.CustomizeRequestOption {
	at := netip.MustParseAddrPort(address)
	_, number, _ := net.SplitHostPort(address)
	return func(r *testcontainers.GenericContainerRequest) error {
		r.ExposedPorts = append(r.ExposedPorts, port)
		return testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.PortBindings = mobynet.PortMap{mobynet.MustParsePort(port): {{HostIP: at.Addr(), HostPort: number}}}
		})(r)
	}
}

// service starts a service, without any right that an image can do without, and
// waits until it is ready.
func (f *fleet) service(ctx context.Context, t *testing.T, name string, options ...testcontainers.ContainerCustomizer) {
	t.Helper()
	f.services[name] = start(ctx, t, image(name), append([]testcontainers.ContainerCustomizer{
		network.WithNetwork([]string{name}, f.network),
		testcontainers.WithEnv(map[string]string{"MILLRACE_BROKERS": "kafka:19092", "MILLRACE_REDIS": "redis:6379"}),
		testcontainers.WithExposedPorts(ports()[name] + "/tcp"),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.ReadonlyRootfs = true
			h.CapDrop = []string{"ALL"}
			h.SecurityOpt = []string{"no-new-privileges"}
			if name == "directory-monitor" {
				h.Binds = []string{f.inbox + ":/inbox:ro"}
			}
		}),
		testcontainers.WithConfigModifier(func(c *container.Config) {
			c.Healthcheck = &container.HealthConfig{
				Test: []string{"CMD", "/" + name, "healthcheck", "ready"}, Interval: 500 * time.Millisecond, Timeout: 6 * time.Second, Retries: 60,
			}
		}),
		testcontainers.WithWaitStrategy(wait.ForHealthCheck().WithStartupTimeout(time.Minute)),
	}, options...)...)
}

// all starts the four services.
func (f *fleet) all(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, name := range services() {
		f.service(ctx, t, name)
	}
}

// address is where a service's port is on this machine now.
func (f *fleet) address(ctx context.Context, t *testing.T, service string) string {
	t.Helper()
	port, err := f.services[service].MappedPort(ctx, ports()[service]+"/tcp")
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", port.Port())
}
