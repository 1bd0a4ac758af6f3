package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// patient is how long results may take to move again before they are taken to
// stand still for ever.
const patient = 3 * time.Minute

// batchOf returns a record of several lines.
func batchOf(partition int32, lines [][]byte) kafka.Record {
	return kafka.Record{
		Topic: kafka.TopicTweets, Partition: partition, Value: append(bytes.Join(lines, []byte("\n")), '\n'),
		Headers: []kafka.Header{{Key: wire.HeaderBatch, Value: []byte(wire.BatchNDJSON)}},
	}
}

// ends returns where the tweets end, as soon as the broker says so.
func (d *drilling) ends(ctx context.Context) (ends map[int32]int64, err error) {
	for range 100 {
		if ends, err = d.admin.Ends(ctx, kafka.TopicTweets); err == nil || !ledger.Pause(ctx, 50*time.Millisecond) {
			break
		}
	}
	return ends, err
}

// reached is the harness's, as long as a drill is patient.
func (d *drilling) reached(ctx context.Context, ends map[int32]int64) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	return d.harness.reached(ctx, ends)
}

// settled waits until results include what the log holds now.
func (d *drilling) settled(ctx context.Context) error {
	ends, err := d.ends(ctx)
	if err != nil {
		return err
	}
	if err := d.reached(ctx, ends); err != nil {
		d.diagnose(ctx)
		return err
	}
	return nil
}

// calm waits until the schedulers of ordinary times are in both groups, none of
// which is being rebalanced, and results include what the log holds.
func (d *drilling) calm(ctx context.Context) error {
	for until := time.Now().Add(patient); ; {
		short, cancel := context.WithTimeout(ctx, 5*time.Second)
		groups, err := d.spy.admin.DescribeGroups(short, kafka.GroupScan, kafka.GroupMerge)
		cancel()
		ready := 0
		for _, g := range groups {
			if g.Err == nil && g.State == "Stable" && len(g.Members) == schedulers {
				ready++
			}
		}
		if err == nil && ready == 2 {
			return d.settled(ctx)
		}
		if time.Now().After(until) || !ledger.Pause(ctx, 50*time.Millisecond) {
			d.diagnose(ctx)
			return fmt.Errorf("the groups of the schedulers do not come to rest within %s", patient)
		}
	}
}

// probe appends a line to every partition and returns where they end then.
func (d *drilling) probe(ctx context.Context) (map[int32]int64, error) {
	records := make([]kafka.Record, partitions)
	for p := range records {
		line := d.untimed(d.rnd)
		d.book.Add(line)
		records[p] = kafka.Record{Topic: kafka.TopicTweets, Partition: int32(p), Value: line}
	}
	if err := d.producer.Produce(context.WithoutCancel(ctx), records...); err != nil {
		return nil, err
	}
	ends := map[int32]int64{}
	for _, r := range records {
		ends[r.Partition] = r.Offset + 1
	}
	return ends, nil
}

// lags appends a line again and again and measures how long it takes until results
// include it.
func (d *drilling) lags(ctx context.Context, during time.Duration) (all []time.Duration, err error) {
	for until := time.Now().Add(during); time.Now().Before(until); ledger.Pause(ctx, 50*time.Millisecond) {
		line := d.untimed(d.rnd)
		d.book.Add(line)
		probe := []kafka.Record{{Topic: kafka.TopicTweets, Partition: d.rnd.Int32N(partitions), Value: line}}
		began := time.Now()
		if err := d.producer.Produce(ctx, probe...); err != nil {
			return all, err
		}
		if err := d.reached(ctx, map[int32]int64{probe[0].Partition: probe[0].Offset + 1}); err != nil {
			return all, err
		}
		all = append(all, time.Since(began))
	}
	return all, ctx.Err()
}

// get asks a service for a page; its status is 0 if there is no answer.
func get(ctx context.Context, s *service, path string) (code int, body string) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.listen+path, http.NoBody)
	if err != nil {
		return 0, ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(text)
}

// bound says of a promise in time whether it was kept; one that was not makes the
// drill fail. On a shared machine bounds are wider by a factor, which is told.
func (d *drilling) bound(what string, got, most time.Duration) {
	allowed, factor := most, ""
	if slack := d.cfg.Slack; slack > 1 {
		allowed, factor = time.Duration(slack*float64(most)), fmt.Sprintf(" × %g for a shared machine", slack)
	}
	verdict := "met"
	if got > allowed {
		verdict = "MISSED"
		d.missed = append(d.missed, fmt.Sprintf("%s: %s, bound %s%s", what, lasted(got), most, factor))
	}
	d.report.say("%s: %s; bound %s%s: %s", what, lasted(got), most, factor, verdict)
}

// figures prints how long something took.
func (d *drilling) figures(what string, all []time.Duration) []time.Duration {
	all = slices.Sorted(slices.Values(all))
	d.report.say("%s: %s", what, quantiles(all))
	return all
}
