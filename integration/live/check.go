package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace/final"
)

// Report says what a check was about.
type Report struct {
	Posts   int
	Queries int // registered in the end
	Drops   int
	Rows    map[string][]reference.Row // of every registered query, as read
	Had     map[string]int             // of how many posts they are
}

// Check waits until all that was submitted is decided and live and all posts are
// in the results, and compares those with the reference. Nothing may be fed any
// more.
func (s *System) Check(ctx context.Context, script *Script, follower *Follower) (*Report, error) {
	ends, err := s.Ends(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Settle(ctx, script); err != nil {
		return nil, err
	}
	if err := s.taken(ctx, ends); err != nil {
		return nil, err
	}
	from, err := follower.Activations(ends)
	if err != nil {
		return nil, err
	}
	posts, err := s.Posts(ctx, ends)
	if err != nil {
		return nil, err
	}
	queries, drops, err := s.registered(ctx, script)
	if err != nil {
		return nil, err
	}
	expect(queries, posts, from)
	report := &Report{Posts: len(posts), Queries: len(queries), Drops: len(drops), Rows: map[string][]reference.Row{}, Had: map[string]int{}}
	var errs []error
	for _, q := range queries {
		got, err := s.rows(ctx, &q.Submission)
		report.Rows[q.ID], report.Had[q.ID] = got, q.posts
		if err == nil {
			err = s.compare(ctx, q, got)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("query %s, registered at %d, with %d of %d posts: %w%s", q.ID, q.position, q.posts, len(posts), err, script.told(q.ID)))
		}
	}
	for _, d := range drops {
		if err := s.gone(ctx, d); err != nil {
			errs = append(errs, fmt.Errorf("query %s, dropped: %w%s", d.ID, err, script.told(d.ID)))
		}
	}
	return report, errors.Join(errs...)
}

// Settle reads the status topic until every submission is decided as it must be
// and every query that is registered then is live.
func (s *System) Settle(ctx context.Context, script *Script) error {
	type about struct {
		epoch      int64
		transition wire.Transition
	}
	missing := map[about]string{}
	for id, list := range script.history {
		for i := range list {
			missing[about{list[i].Epoch, list[i].want()}] = id
		}
		if now, ok := script.Current(id); ok && now.Query != nil {
			missing[about{now.Epoch, wire.Live}] = id
		}
	}
	if len(missing) == 0 {
		return nil
	}
	statuses, err := pipeline.ReadStatuses(s.Kafka)
	if err != nil {
		return err
	}
	defer statuses.Close()
	// A system that has failed will not go on.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })()
	var unexpected error
	_, err = statuses.Until(ctx, func(st *wire.Status) bool {
		delete(missing, about{st.Epoch, st.Transition})
		list := script.history[st.ID]
		k := slices.IndexFunc(list, func(sub Submission) bool { return sub.Epoch == st.Epoch })
		if k < 0 || st.Transition != wire.Live && st.Transition != list[k].want() {
			unexpected = fmt.Errorf("unexpected status %s of query %s, epoch %d: %s%s", st.Transition, st.ID, st.Epoch, st.Message, script.told(st.ID))
		}
		return unexpected != nil || len(missing) == 0
	})
	if err != nil {
		return fmt.Errorf("wait for the status records %v: %w", missing, errors.Join(err, context.Cause(ctx)))
	}
	return unexpected
}

// taken waits until all merge partitions have written the posts below the ends.
func (s *System) taken(ctx context.Context, ends map[int32]int64) error {
	reader := results.NewReader(s.Redis)
	var at results.AsOf
	err := s.poll(ctx, "wait for the results", func() (bool, error) {
		var all bool
		var err error
		if at, all, err = reader.AsOf(ctx); err != nil || !all {
			return false, err
		}
		vector := at.Vector[kafka.TopicTweets]
		for p, end := range ends {
			if to, ok := vector[p]; !ok || to < end {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%w: results are as of %v, posts end at %v", err, at.Vector, ends)
	}
	return nil
}

// registered returns the queries of the registry, which must be those that the
// script has submitted last, and the drops.
func (s *System) registered(ctx context.Context, script *Script) (queries []*expected, drops []Submission, err error) {
	registry, err := s.registry(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range script.IDs() {
		now, ok := script.Current(id)
		e, known := registry[id]
		delete(registry, id)
		switch {
		case !ok && !known:
			continue
		case !ok || !known || e.dropped != (now.Query == nil):
			return nil, nil, fmt.Errorf("query %s: the registry has it (%t, dropped %t) otherwise than submitted:%s", id, known, e.dropped, script.told(id))
		case e.dropped:
			drops = append(drops, now)
			continue
		case e.record.Epoch != now.Epoch || e.record.SQL != now.SQL:
			return nil, nil, fmt.Errorf("query %s: registered is epoch %d, %s:%s", id, e.record.Epoch, e.record.SQL, script.told(id))
		}
		q, err := reference.New(now.SQL)
		if err != nil {
			return nil, nil, fmt.Errorf("query %s: %w\n%s", id, err, now.SQL)
		}
		q.ID = id
		queries = append(queries, &expected{Submission: now, position: e.position, query: q})
	}
	if len(registry) > 0 {
		return nil, nil, fmt.Errorf("the registry holds queries that nobody submitted: %v", slices.Collect(maps.Keys(registry)))
	}
	return queries, drops, nil
}

// rows reads what Redis shows of a query.
func (s *System) rows(ctx context.Context, sub *Submission) ([]reference.Row, error) {
	list, err := final.Read(ctx, results.NewReader(s.Redis), sub.Query)
	if err != nil {
		return nil, err
	}
	rows := make([]reference.Row, len(list))
	for i, r := range list {
		rows[i] = reference.Row{Query: sub.ID, Key: r.Key, Row: r.Row}
		if r.Window != nil {
			rows[i].Window = &reference.Window{Start: r.Window.Start, End: r.Window.End}
		}
	}
	return rows, nil
}

// compare holds a query's rows and facts against the reference.
func (s *System) compare(ctx context.Context, q *expected, got []reference.Row) error {
	facts, ok, err := results.NewReader(s.Redis).Facts(ctx, q.ID)
	switch {
	case err != nil:
		return err
	case !ok || facts.Fields[results.FieldStatus] != results.StatusLive || facts.Epoch() != q.Epoch:
		return fmt.Errorf("its facts are %v, expected live under epoch %d", facts.Fields, q.Epoch)
	case facts.Counters["late"] != 0:
		return fmt.Errorf("%d rows were late, though the input's disorder is below the lateness", facts.Counters["late"])
	}
	return reference.Diff(got, q.rows())
}

// gone checks what a drop leaves: nothing that stays, and its epoch.
func (s *System) gone(ctx context.Context, sub Submission) error {
	reader := results.NewReader(s.Redis)
	var epoch int64
	err := s.poll(ctx, "wait for the drop", func() (ok bool, err error) {
		epoch, ok, err = reader.Epoch(ctx, sub.ID)
		return ok && epoch >= sub.Epoch, err
	})
	if err != nil {
		return err
	}
	if epoch != sub.Epoch {
		return fmt.Errorf("the epoch in Redis is %d, that of the drop %d", epoch, sub.Epoch)
	}
	keys, err := s.Redis.Keys(ctx, strings.TrimSuffix(results.MetaKey(sub.ID), "meta")+"*").Result()
	if err != nil {
		return err
	}
	for _, key := range keys {
		most := 10 * time.Minute
		if key == results.VersionsKey(sub.ID) {
			most = 24 * time.Hour
		}
		left, err := s.Redis.PTTL(ctx, key).Result()
		if err != nil {
			return err
		}
		if left <= 0 || left > most {
			return fmt.Errorf("key %s stays for %v, expected at most %v", key, left, most)
		}
	}
	ids, err := reader.IDs(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(ids, sub.ID) {
		return errors.New("it is still listed")
	}
	return nil
}
