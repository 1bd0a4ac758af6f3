package results

import (
	"context"
	_ "embed" // for the script
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
)

//go:embed sample.lua
var sampleSource string

// Bounds of a history: how many samples it keeps, how often one is taken, how large
// a result may be to be in it, and how long a history stays that nobody asked for
// but by watching.
const (
	HistorySamples = 1000
	HistoryEvery   = time.Second
	HistoryRows    = 50
	HistoryBytes   = 4 << 10
	historyStays   = time.Hour
)

// Sample is what a query's result was at one time.
type Sample struct {
	ID      string `json:"id"`      // in the stream
	Time    int64  `json:"time"`    // of Redis, ms since 1970
	Matched int64  `json:"matched"` // posts counted until then

	// Rows is a JSON array of {"key":[…],"row":{…}}, ordered as the result is, else
	// by key; nil where the result is windowed or larger than [HistoryRows] and
	// [HistoryBytes].
	Rows json.RawMessage `json:"rows,omitempty"`
}

// History returns samples of a query, oldest first: up to limit after the one with
// the given id, or with "" the newest.
func (r *Reader) History(ctx context.Context, id, after string, limit int64) ([]Sample, error) {
	var msgs []redis.XMessage
	var err error
	if after == "" {
		msgs, err = r.rdb.XRevRangeN(ctx, HistoryKey(id), "+", "-", limit).Result()
		slices.Reverse(msgs)
	} else {
		msgs, err = r.rdb.XRangeN(ctx, HistoryKey(id), "("+after, "+", limit).Result()
	}
	if err != nil {
		return nil, fmt.Errorf("read history of query %s: %w", id, classify(err))
	}
	samples := make([]Sample, len(msgs))
	for i, m := range msgs {
		s := Sample{ID: m.ID}
		ms, _, _ := strings.Cut(m.ID, "-")
		matched, _ := m.Values["matched"].(string)
		rows, _ := m.Values["rows"].(string)
		var err1, err2 error
		s.Time, err1 = strconv.ParseInt(ms, 10, 64)
		s.Matched, err2 = strconv.ParseInt(matched, 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("history of query %s, sample %s: %w", id, m.ID, err)
		}
		if rows != "" {
			s.Rows = json.RawMessage(rows)
		}
		samples[i] = s
	}
	return samples, nil
}

// Watched returns the queries that somebody watches at the given time.
func (r *Reader) Watched(ctx context.Context, at time.Time) ([]string, error) {
	ids, err := r.rdb.ZRangeByScore(ctx, KeyWatched, &redis.ZRangeBy{Min: strconv.FormatInt(at.UnixMilli(), 10), Max: "+inf"}).Result()
	if err != nil {
		return nil, fmt.Errorf("read which queries are watched: %w", classify(err))
	}
	return ids, nil
}

// Sampler takes samples. It needs no fence: whoever takes one, it is of what the
// result is then. It is safe for concurrent use.
type Sampler struct {
	rdb        redis.UniversalClient
	script     *redis.Script
	partitions int32
}

// NewSampler returns a sampler of results that so many merge partitions write.
func NewSampler(rdb redis.UniversalClient, partitions int32) *Sampler {
	return &Sampler{rdb: rdb, script: redis.NewScript(sampleSource), partitions: partitions}
}

// Subject is a query to take a sample of.
type Subject struct {
	ID    string
	Epoch int64
	Keep  bool // its history stays as long as it does
}

// Sampled is what became of one subject.
type Sampled struct {
	Gone  bool          // the results are not of that epoch
	Again time.Duration // before it no sample is taken; 0: one was, or nothing had changed
	Err   error         // the server refused, such as for want of memory
}

// Sample takes samples of some queries. An error says that it is not known which.
func (s *Sampler) Sample(ctx context.Context, of []Subject) ([]Sampled, error) {
	cmds, err := s.evaluate(ctx, of)
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		if err = s.script.Load(ctx, s.rdb).Err(); err == nil {
			cmds, err = s.evaluate(ctx, of)
		}
	}
	if err = classify(err); errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
		return nil, fmt.Errorf("take samples of %d queries: %w", len(of), err)
	}
	out := make([]Sampled, len(of))
	for i, c := range cmds {
		reply, err := c.(*redis.Cmd).StringSlice()
		switch {
		case err != nil || len(reply) == 0:
			out[i].Err = fmt.Errorf("take a sample of query %s: %w", of[i].ID, classify(err))
		case reply[0] == "GONE":
			out[i].Gone = true
		case reply[0] == "EARLY" && len(reply) == 2:
			ms, _ := strconv.ParseInt(reply[1], 10, 64)
			out[i].Again = time.Duration(max(ms, 1)) * time.Millisecond
		}
	}
	return out, nil
}

func (s *Sampler) evaluate(ctx context.Context, of []Subject) ([]redis.Cmder, error) {
	return s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, q := range of {
			stays := historyStays.Milliseconds()
			if q.Keep {
				stays = 0
			}
			p.EvalSha(ctx, s.script.Hash(), nil, q.ID, q.Epoch, HistoryEvery.Milliseconds(), stays,
				HistorySamples, HistoryRows, HistoryBytes, s.partitions)
		}
		return nil
	})
}
