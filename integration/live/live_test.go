package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/integration/live"
	"github.com/millrace/millrace/integration/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// idNames are the ids that a script of n uses.
func idNames(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("q%02d", i)
	}
	return ids
}

// seeds returns the seeds, or those that MILLRACE_SEEDS lists.
func seeds(t *testing.T, all ...uint64) []uint64 {
	t.Helper()
	list := os.Getenv("MILLRACE_SEEDS")
	if list == "" {
		return all
	}
	all = nil
	for _, text := range strings.Split(list, ",") {
		seed, err := strconv.ParseUint(text, 10, 64)
		must(t, err)
		all = append(all, seed)
	}
	return all
}

func logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// open returns a system that is closed after the test, with a follower and a
// script.
func open(t *testing.T, seed uint64, o live.Options) (context.Context, *live.System, *live.Follower, *live.Script) {
	t.Helper()
	t.Logf("seed %d", seed)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	o.Dir, o.Log = t.TempDir(), logger(t)
	sys, err := live.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
	})
	follower := live.Follow(sys)
	t.Cleanup(follower.Stop)
	script, err := live.NewScript(sys, seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(script.Close)
	return ctx, sys, follower, script
}

// sideBySide lets tests that mostly wait do so together, where each has servers of
// its own.
func sideBySide(t *testing.T) {
	t.Helper()
	if _, external := pipeline.Servers(); !external {
		t.Parallel()
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheSameTextAtTwentyMoments starts the same texts again and again while
// posts flow: as many different right answers, and one scan-side node a text,
// across a restart of the scheduler too.
func TestTheSameTextAtTwentyMoments(t *testing.T) {
	sideBySide(t)
	const seed, moments = 20, 20
	texts := map[string]string{
		"grouped":  "SELECT lang, count(*) AS n, sum(retweet_count) AS retweets, avg(user.followers_count) AS followers, max(text) AS last FROM tweets WHERE retweet_count >= 0 OR lang = 'en' GROUP BY lang",
		"global":   "SELECT count(*) AS n, min(created_at) AS first FROM tweets WHERE NOT (lang = 'de' AND retweet_count > 5)",
		"rows":     "SELECT id, text FROM tweets WHERE lang = 'en' AND id IS NOT NULL",
		"windowed": "SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start, window_end EMIT CHANGES",
	}
	ctx, sys, follower, script := open(t, seed, live.Options{Partitions: 3, ExchangePartitions: 8, CheckpointInterval: 500 * time.Millisecond})
	sys.Start(live.QueryParser, live.Scheduler)
	feeder, err := live.FeedTopic(sys, seed, live.NewDocuments(seed, 4*time.Millisecond, true))
	must(t, err)
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range moments {
		for name, text := range texts {
			must(t, script.Replace(ctx, fmt.Sprintf("%s-%02d", name, i), text))
		}
		must(t, feeder.Wait(ctx, r.IntN(20)))
		// A post that all of them have, between the activations of two.
		must(t, sys.Settle(ctx, script))
		must(t, feeder.Common(ctx))
		ends, err := sys.Ends(ctx)
		must(t, err)
		if i == moments/2 {
			sys.Restart(live.Scheduler)
		}
		must(t, follower.Reach(ctx, ends))
	}
	must(t, feeder.Stop())
	report, err := sys.Check(ctx, script, follower)
	must(t, err)
	for name := range texts {
		had := map[int]bool{}
		answers := map[string]bool{}
		for i := range moments {
			id := fmt.Sprintf("%s-%02d", name, i)
			had[report.Had[id]] = true
			var b strings.Builder
			for _, row := range report.Rows[id] {
				row.Query = ""
				b.Write(row.AppendLine(nil))
			}
			answers[b.String()] = true
		}
		if len(had) != moments || len(answers) != moments {
			t.Errorf("%s: %d different sets of posts and %d different answers, expected %d", name, len(had), len(answers), moments)
		}
	}
	if got, want := follower.Nodes(), script.Nodes(); len(want) != len(texts) || !slices.Equal(got, want) {
		t.Errorf("the scans wrote blocks of the nodes %v, expected one a text: %v", got, want)
	}
	t.Logf("%d queries over %d posts", report.Queries, report.Posts)
}

// changes adds, replaces, spoils and drops queries at random while posts flow,
// and restarts services, one after the other, meanwhile.
func changes(t *testing.T, seed uint64, o live.Options, steps int, restarts ...live.Service) {
	ctx, sys, follower, script := open(t, seed, o)
	ids := idNames(40)
	watcher, err := live.Watch(ctx, sys, ids)
	must(t, err)
	sys.Start(live.QueryParser, live.Scheduler)
	feeder, err := live.FeedTopic(sys, seed, live.NewDocuments(seed, 4*time.Millisecond, true))
	must(t, err)
	r := rand.New(rand.NewPCG(seed, 1))
	var restarting sync.WaitGroup
	defer restarting.Wait()
	for i := range steps {
		must(t, script.Step(ctx, len(ids)))
		must(t, feeder.Wait(ctx, r.IntN(12)))
		if part := steps / (len(restarts) + 1); i%part == part-1 && i/part < len(restarts) {
			restarting.Wait()
			restarting.Go(func() { sys.Restart(restarts[i/part]) })
		}
	}
	restarting.Wait()
	must(t, feeder.Wait(ctx, 20))
	must(t, feeder.Stop())
	must(t, sys.Flush(ctx))
	report, err := sys.Check(ctx, script, follower)
	if err != nil {
		t.Error(err)
	}
	must(t, watcher.Stop())
	for _, err := range watcher.Check(script) {
		t.Error(err)
	}
	if report == nil {
		return
	}
	messages, reads, sights := watcher.Seen()
	t.Logf("%d queries and %d drops in the end, %d posts; %d changes heard, %d looks, %d different sights", report.Queries, report.Drops, report.Posts, messages, reads, sights)
	if report.Queries < 5 || report.Posts < 100 || messages < 100 || sights < 20 {
		t.Error("that is too little to mean anything")
	}
}

func TestQueriesComeAndGoWhilePostsFlow(t *testing.T) {
	sideBySide(t)
	for _, seed := range seeds(t, 1, 2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			sideBySide(t)
			changes(t, seed, live.Options{Partitions: int32(1 + 3*seed%7), ExchangePartitions: 8}, 120)
		})
	}
}

func TestQueriesComeAndGoWhileServicesRestart(t *testing.T) {
	sideBySide(t)
	for _, seed := range seeds(t, 3, 4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			sideBySide(t)
			changes(t, seed, live.Options{Partitions: 4, ExchangePartitions: 8, CheckpointInterval: 400 * time.Millisecond}, 100,
				live.Scheduler, live.QueryParser, live.Scheduler)
		})
	}
}

// TestQueriesComeAndGoWhileFilesGrow has the posts come by way of
// directory-monitor, which is restarted too. Nothing decides in which order the
// files are read, so all posts lie within the stream's lateness.
func TestQueriesComeAndGoWhileFilesGrow(t *testing.T) {
	sideBySide(t)
	for _, seed := range seeds(t, 5) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			sideBySide(t)
			filesGrow(t, seed)
		})
	}
}

func filesGrow(t *testing.T, seed uint64) {
	dir := t.TempDir()
	ctx, sys, follower, script := open(t, seed, live.Options{Partitions: 3, ExchangePartitions: 8, Watch: dir})
	sys.Start(live.QueryParser, live.Scheduler, live.DirectoryMonitor)
	feeder, err := live.FeedFolder(sys, seed, live.NewDocuments(seed, time.Millisecond, false).Within(2*time.Second), dir, 3)
	must(t, err)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 80 {
		must(t, script.Step(ctx, 30))
		must(t, feeder.Wait(ctx, r.IntN(12)))
		if i == 40 {
			sys.Restart(live.DirectoryMonitor)
		}
	}
	must(t, feeder.Stop())
	must(t, sys.Arrived(ctx, feeder.Lines()))
	must(t, sys.Flush(ctx))
	report, err := sys.Check(ctx, script, follower)
	must(t, err)
	t.Logf("%d queries and %d drops in the end, %d posts", report.Queries, report.Drops, report.Posts)
	if report.Queries < 5 || report.Drops < 1 || report.Posts < 100 {
		t.Errorf("%d queries, %d drops and %d posts say little", report.Queries, report.Drops, report.Posts)
	}
}
