package containers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/libs/kafka"
)

// grace is what Docker gives a container between SIGTERM and SIGKILL.
const grace = 10 * time.Second

// drained stops services while tweets flow: each ends by itself in time, and
// leaves no transaction open and no group joined. Started again they go on where
// they were. before is what they have read already.
func (f *fleet) drained(ctx context.Context, t *testing.T, before [][]byte) {
	t.Helper()
	lines := posts(ctx, t, 60000, 4)
	flowed := make(chan error, 1)
	go func() { flowed <- flow(ctx, filepath.Join(f.inbox, "flow.ndjson"), lines, 1000, 100*time.Millisecond) }()
	admin := administer(t, f.broker)

	pause(ctx, 2*time.Second)
	f.stop(ctx, t, "scheduler")
	eventually(ctx, t, time.Second, func(ctx context.Context) error {
		return settled(ctx, admin, []string{"millrace-scan-", "millrace-merge-"}, kafka.GroupScan, kafka.GroupMerge)
	})
	f.start(ctx, t, "scheduler")

	pause(ctx, time.Second)
	ended := f.watch(ctx, t, "langs")
	for _, name := range services() {
		f.stop(ctx, t, name)
	}
	<-ended
	eventually(ctx, t, time.Second, func(ctx context.Context) error {
		return settled(ctx, admin, []string{""}, kafka.GroupScan, kafka.GroupMerge, kafka.GroupQueryParser)
	})
	for _, name := range services() {
		f.start(ctx, t, name)
	}
	if err := <-flowed; err != nil {
		t.Fatal(err)
	}
	answered(ctx, t, f.redis, standing(), append(before, lines...))
}

// watch follows a query's changes over HTTP, which ends when presentation does.
func (f *fleet) watch(ctx context.Context, t *testing.T, id string) (ended chan struct{}) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.address(ctx, t, "presentation")+"/v1/queries/"+id+"/changes", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
	}()
	return ended
}

// stop is `docker stop`.
func (f *fleet) stop(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	c, patience := f.services[name], grace
	begun := time.Now()
	if err := c.Stop(ctx, &patience); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	state, err := c.State(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: stopped after %s, exit code %d", name, took.Round(10*time.Millisecond), state.ExitCode)
	if state.ExitCode != 0 { // Docker kills what takes longer than grace
		logs, _ := both(ctx, "logs", "--tail", "20", c.GetContainerID())
		t.Errorf("%s: exit code %d after %s, want 0:\n%s", name, state.ExitCode, took, logs)
	}
}

func (f *fleet) start(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	if err := f.services[name].Start(ctx); err != nil {
		t.Fatal(err)
	}
}

func administer(t *testing.T, broker string) *kadm.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

// settled fails while one of the groups has members, or a transaction is open
// whose id begins with one of the texts.
func settled(ctx context.Context, admin *kadm.Client, ids []string, groups ...string) error {
	described, err := admin.DescribeGroups(ctx, groups...)
	if err != nil {
		return err
	}
	for _, name := range groups {
		if g := described[name]; g.Err == nil && len(g.Members) > 0 {
			return fmt.Errorf("group %s still has %d members", name, len(g.Members))
		}
	}
	open, err := admin.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit", "PrepareAbort"})
	if err != nil {
		return err
	}
	for id := range open {
		if slices.ContainsFunc(ids, func(begins string) bool { return strings.HasPrefix(id, begins) }) {
			return fmt.Errorf("a transaction of %s is still open", id)
		}
	}
	return nil
}
