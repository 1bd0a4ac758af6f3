package containers

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/integration/reference"
)

// stack is a running docker-compose.yml.
type stack struct {
	inbox               string // the watched folder, on this machine
	broker, redis, page string // host:port on loopback
	project             string
	env                 []string
}

// up brings docker-compose.yml up on free ports and with a folder of its own, and
// waits until every service is ready. When the test is over it is taken down,
// with its volumes; of a test that failed it shows the last lines of all logs.
func up(ctx context.Context, t *testing.T, profiles ...string) *stack {
	t.Helper()
	engine(t)
	if _, err := try(ctx, nil, "compose", "version"); err != nil {
		missing(t, "docker has no compose: %v", err)
	}
	s := &stack{inbox: t.TempDir(), project: fmt.Sprintf("millrace-test-%d", time.Now().UnixNano())}
	readable(t, s.inbox)
	s.env = []string{"INBOX=" + s.inbox}
	for name, at := range map[string]*string{"KAFKA_PORT": &s.broker, "REDIS_PORT": &s.redis, "HTTP_PORT": &s.page} {
		*at = free(ctx, t)
		_, port, _ := net.SplitHostPort(*at)
		s.env = append(s.env, name+"="+port)
	}
	if len(profiles) > 0 {
		s.env = append(s.env, "COMPOSE_PROFILES="+strings.Join(profiles, ","))
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
		defer cancel()
		if t.Failed() {
			logs, _ := s.try(ctx, "logs", "--tail", "30", "--no-color")
			t.Log(logs)
		}
		if _, err := s.try(ctx, "--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "10"); err != nil {
			t.Error(err)
		}
	})
	begun := time.Now()
	s.compose(ctx, t, "up", "--detach", "--no-build", "--wait", "--wait-timeout", "120")
	t.Logf("docker compose up: all ready after %s", time.Since(begun).Round(100*time.Millisecond))
	return s
}

// compose runs docker compose for the stack and returns what it prints.
func (s *stack) compose(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.try(ctx, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *stack) try(ctx context.Context, args ...string) (string, error) {
	file, err := filepath.Abs("../../docker-compose.yml")
	if err != nil {
		return "", err
	}
	return try(ctx, s.env, append([]string{"compose", "--file", file, "--project-name", s.project}, args...)...)
}

// containers are the ids of a service's containers that run.
func (s *stack) containers(ctx context.Context, t *testing.T, service string) []string {
	t.Helper()
	return strings.Fields(s.compose(ctx, t, "ps", "--quiet", service))
}

// free finds a port on loopback that nobody listens on.
func free(ctx context.Context, t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// overHTTP returns the rows of a query as presentation serves them.
func overHTTP(ctx context.Context, address, id string) ([]reference.Row, error) {
	var page struct {
		Rows []struct{ Key, Row json.RawMessage }
	}
	if err := get(ctx, "http://"+address+"/v1/queries/"+id+"/results?limit=1000", &page); err != nil {
		return nil, err
	}
	var rows []reference.Row
	for _, r := range page.Rows {
		rows = append(rows, reference.Row{Query: id, Key: r.Key, Row: r.Row})
	}
	return rows, nil
}

// get asks for JSON.
func get(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// shows waits until presentation serves the rows that the reference has.
func shows(ctx context.Context, t *testing.T, address string, queries map[string]string, lines [][]byte) {
	t.Helper()
	want, err := reference.Answer(queries, lines)
	if err != nil {
		t.Fatal(err)
	}
	eventually(ctx, t, time.Minute, func(ctx context.Context) error {
		for id := range queries {
			got, err := overHTTP(ctx, address, id)
			if err == nil {
				err = reference.Diff(got, want[id])
			}
			if err != nil {
				return fmt.Errorf("query %s over HTTP: %w", id, err)
			}
		}
		return nil
	})
}

// What a stranger does: up, a query, a file, rows in Redis, over HTTP and on the page,
// and again after a restart of presentation, to which the page finds back by itself.
func TestCompose(t *testing.T) {
	ctx := t.Context()
	s := up(ctx, t)
	queries := standing()
	delete(queries, "retweets") // more rows than one page has
	submit(ctx, t, s.broker, queries)
	lines := posts(ctx, t, 20000, 1)
	put(t, s.inbox, "first.ndjson", lines[:15000])
	answered(ctx, t, s.redis, queries, lines[:15000])
	shows(ctx, t, s.page, queries, lines[:15000])
	tab := look(ctx, t, s.page, "langs")
	sees(ctx, t, tab, s.redis, "langs", "compose")

	for _, name := range []string{"127.0.0.1", "localhost"} {
		_, port, _ := net.SplitHostPort(s.page)
		if err := get(ctx, "http://"+net.JoinHostPort(name, port)+"/v1/queries", &struct{}{}); err != nil {
			t.Errorf("called %s: %v", name, err)
		}
	}
	if code := askAs(ctx, t, s.page, "stranger.example"); code != http.StatusForbidden {
		t.Errorf("called by a stranger's name, presentation answers %d", code)
	}

	s.compose(ctx, t, "restart", "presentation")
	put(t, s.inbox, "second.ndjson", lines[15000:])
	shows(ctx, t, s.page, queries, lines)
	answered(ctx, t, s.redis, queries, lines)
	sees(ctx, t, tab, s.redis, "langs", "compose-after-restart")

	// Kafka and Redis keep what they have in volumes.
	s.compose(ctx, t, "down")
	s.compose(ctx, t, "up", "--detach", "--no-build", "--wait", "--wait-timeout", "120")
	shows(ctx, t, s.page, queries, lines)

	// Synthetic tweets come on top of it.
	s.compose(ctx, t, "--profile", "generator", "up", "--detach", "--no-build", "--no-recreate", "generator")
	generator := s.containers(ctx, t, "generator")
	eventually(ctx, t, time.Minute, func(ctx context.Context) error {
		rows, err := overHTTP(ctx, s.page, "totals")
		if err != nil || len(rows) != 1 {
			return fmt.Errorf("%d rows of totals: %w", len(rows), err)
		}
		var row struct{ Posts int }
		if err := json.Unmarshal(rows[0].Row, &row); err != nil {
			return err
		}
		if row.Posts < len(lines)+500 {
			return fmt.Errorf("%d posts counted, %d of them from files", row.Posts, len(lines))
		}
		return nil
	})
	docker(ctx, t, "stop", generator[0])
	if code := docker(ctx, t, "inspect", "--format", "{{.State.ExitCode}}", generator[0]); code != "0" {
		t.Errorf("the generator ended with exit code %s after docker stop", code)
	}
	lines = inKafka(ctx, t, s.broker)
	answered(ctx, t, s.redis, queries, lines)
	shows(ctx, t, s.page, queries, lines)
}

// askAs asks presentation for its queries under a name.
func askAs(ctx context.Context, t *testing.T, address, name string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v1/queries", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = name
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
