package millrace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
)

// A scheduler that lost its slot, as after the computer slept, is started again
// by the process that all services share, which says so; nothing is lost.
func TestFencedSchedulerIsStartedAgain(t *testing.T) {
	r := run(t, kafka.Layout{Partitions: 1, ExchangePartitions: 1})
	counted := func(n int) func() bool {
		return func() bool { return r.counts("q") == fmt.Sprintf(`{"n":%d}`, n) }
	}
	post := kafka.Record{Topic: kafka.TopicTweets, Value: []byte(`{"id":1,"created_at":1700000000000}`)}

	r.submit("q", "SELECT count(*) AS n FROM tweets")
	r.until("the query is live", counted(0))
	r.produce(post)
	r.until("the first post is counted", counted(1))
	for i, id := range []string{"millrace-scan-0", "millrace-merge-0"} {
		thief, err := kafka.NewTxn(r.ctx, r.Kafka, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		thief.Close()
		r.produce(post) // gives both stages something to commit
		r.until("started again", func() bool {
			return strings.Count(r.log.String(), "the scheduler is started again") == i+1
		})
		r.until("goes on", counted(2+i))
	}
	if !strings.Contains(r.log.String(), "slot 0 is fenced") {
		t.Error("the log does not say why")
	}
}
