package containers

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/kafka"
)

// standing are the queries that the tests submit, by id.
func standing() map[string]string {
	return map[string]string{
		"langs":    "SELECT lang, count(*) AS posts FROM tweets GROUP BY lang",
		"totals":   "SELECT count(*) AS posts, sum(user.followers_count) AS followers FROM tweets",
		"retweets": "SELECT user.screen_name, count(*) AS posts, max(retweet_count) AS most FROM tweets WHERE retweet_count > 10 GROUP BY user.screen_name",
	}
}

// posts generates tweets with the image of the command line.
func posts(ctx context.Context, t *testing.T, count, seed int) [][]byte {
	t.Helper()
	cmd := exec.CommandContext(ctx, "docker", "run", "--rm", "--read-only", "--network", "none", image("millrace"),
		"generate", "--lean", "--count", fmt.Sprint(count), "--seed", fmt.Sprint(seed))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("generate tweets: %v: %s", err, stderr.String())
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
	if len(lines) != count {
		t.Fatalf("%d tweets generated, want %d", len(lines), count)
	}
	lines[count-1] = append(lines[count-1], '\n')
	return lines
}

// put writes tweets to a new file of a watched folder.
func put(t *testing.T, folder, name string, lines [][]byte) {
	t.Helper()
	file := filepath.Join(folder, name)
	if err := os.WriteFile(file, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	readable(t, file)
}

// readable lets the user of the containers read what the test has made.
func readable(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	mode := os.FileMode(0o644)
	if info.IsDir() {
		mode = 0o755
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// submit puts queries into the topic, and waits until status says that they live.
func submit(ctx context.Context, t *testing.T, broker string, queries map[string]string) {
	t.Helper()
	cfg := kafka.Config{Brokers: []string{broker}, ClientID: "test"}
	producer, err := kafka.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	var records []kafka.Record
	for _, id := range slices.Sorted(maps.Keys(queries)) {
		records = append(records, kafka.Record{Topic: kafka.TopicQueries, Key: []byte(id), Value: []byte(queries[id])})
	}
	if err := producer.Produce(ctx, records...); err != nil {
		t.Fatalf("submit queries: %v", err)
	}
	status, err := kafka.NewReader(cfg, kafka.TopicStatus, map[int32]int64{0: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for wanted := maps.Clone(queries); len(wanted) > 0; {
		records, err := status.Poll(ctx)
		if err != nil {
			t.Fatalf("%d queries are not live: %v", len(wanted), err)
		}
		for _, r := range records {
			var s struct{ Transition, Message string }
			if err := json.Unmarshal(r.Value, &s); r.Control || err != nil {
				continue
			}
			switch s.Transition {
			case "live":
				delete(wanted, string(r.Key))
			case "rejected", "failed":
				t.Fatalf("query %s: %s: %s", r.Key, s.Transition, s.Message)
			}
		}
	}
}

// inKafka returns every post that the topic holds, committed and in any order.
func inKafka(ctx context.Context, t *testing.T, broker string) [][]byte {
	t.Helper()
	cfg := kafka.Config{Brokers: []string{broker}, ClientID: "test"}
	admin, err := kafka.NewAdmin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	ends, err := admin.Ends(ctx, kafka.TopicTweets)
	if err != nil {
		t.Fatal(err)
	}
	begin := map[int32]int64{}
	for partition := range ends {
		begin[partition] = 0
	}
	reader, err := kafka.NewReader(cfg, kafka.TopicTweets, begin)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var lines [][]byte
	err = reader.ReadTo(ctx, ends, func(r *kafka.Record) error {
		for line := range bytes.Lines(r.Value) {
			lines = append(lines, bytes.Clone(line))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// inRedis returns the rows of a query as Redis has them.
func inRedis(ctx context.Context, rdb *redis.Client, id string) ([]reference.Row, error) {
	fields, err := rdb.HGetAll(ctx, "millrace:{"+id+"}:rows").Result()
	if err != nil {
		return nil, err
	}
	var rows []reference.Row
	for key, row := range fields {
		rows = append(rows, reference.Row{Query: id, Key: json.RawMessage(key), Row: json.RawMessage(row)})
	}
	return rows, nil
}

// answered waits until Redis has the rows that the reference has for the posts.
func answered(ctx context.Context, t *testing.T, address string, queries map[string]string, lines [][]byte) {
	t.Helper()
	want, err := reference.Answer(queries, lines)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: address})
	defer rdb.Close()
	eventually(ctx, t, 2*time.Minute, func(ctx context.Context) error {
		for id := range queries {
			got, err := inRedis(ctx, rdb, id)
			if err == nil {
				err = reference.Diff(got, want[id])
			}
			if err != nil {
				return fmt.Errorf("query %s: %w", id, err)
			}
		}
		return nil
	})
}
