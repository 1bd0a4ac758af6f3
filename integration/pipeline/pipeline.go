// Package pipeline runs queries through the whole of Millrace: files, Kafka, all
// services, Redis. Kafka and Redis are those that MILLRACE_BROKERS and
// MILLRACE_REDIS name, else embedded ones.
//
// The main noun is the [Engine], which answers queries over documents for the
// SQL logic tests; [Servers] says where the servers are.
//
//	rows, err := pipeline.Engine{Dir: t.TempDir()}.Run(ctx, queries, docs)
package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace"
)

// Servers returns the settings of a stack over the servers that the environment
// names, and whether there are any: else they are embedded.
func Servers() (cfg millrace.Config, external bool) {
	brokers, redis := os.Getenv("MILLRACE_BROKERS"), os.Getenv("MILLRACE_REDIS")
	if brokers == "" || redis == "" {
		return millrace.Config{}, false
	}
	return millrace.Config{
		Kafka: kafka.Config{Brokers: strings.Split(brokers, ",")},
		Redis: results.Server{Addr: redis},
	}, true
}

// leavingTime is more than a consumer group waits for a member that was killed.
const leavingTime = 3 * kafka.SessionTimeout

// Clear removes everything of Millrace from real servers; embedded ones are new
// anyway. Consumer groups whose members were killed are waited for.
func Clear(ctx context.Context) error {
	cfg, external := Servers()
	if !external {
		return nil
	}
	stack, err := millrace.Open(cfg)
	if err != nil {
		return err
	}
	defer stack.Close()
	for until := time.Now().Add(leavingTime); ; {
		_, _, err := stack.Reset(ctx, true)
		if err == nil || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// Engine implements slt.Engine. Partitions of 0 are the defaults.
type Engine struct {
	Dir                string // for the input files
	Partitions         int32
	ExchangePartitions int32
	Schedulers         int // 0: one
	Log                *slog.Logger

	// Outcome, if set, is given what the run has found out.
	Outcome *millrace.Outcome
}

// Run implements slt.Engine.
func (e Engine) Run(ctx context.Context, queries map[string]string, docs [][]byte) (map[string][]reference.Row, error) {
	path := filepath.Join(e.Dir, "input.ndjson")
	if err := os.WriteFile(path, append(bytes.Join(docs, []byte("\n")), '\n'), 0o600); err != nil {
		return nil, err
	}
	return e.RunFiles(ctx, queries, path)
}

// RunFiles runs the queries over files and folders.
func (e Engine) RunFiles(ctx context.Context, queries map[string]string, inputs ...string) (map[string][]reference.Row, error) {
	if err := Clear(ctx); err != nil {
		return nil, fmt.Errorf("clear the servers: %w", err)
	}
	cfg, _ := Servers()
	cfg.Layout = kafka.Layout{Partitions: e.Partitions, ExchangePartitions: e.ExchangePartitions}
	cfg.Log = e.Log
	job := millrace.Job{Config: cfg, Inputs: inputs, Schedulers: e.Schedulers}
	for _, id := range slices.Sorted(maps.Keys(queries)) {
		job.Queries = append(job.Queries, millrace.Statement{ID: id, SQL: queries[id]})
	}
	out, err := millrace.Bounded(ctx, job)
	if err != nil {
		return nil, err
	}
	if e.Outcome != nil {
		*e.Outcome = *out
	}
	rows := make(map[string][]reference.Row, len(queries))
	for i, q := range out.Queries {
		rows[q.ID] = make([]reference.Row, len(out.Rows[i]))
		for j, r := range out.Rows[i] {
			rows[q.ID][j] = reference.Row{Query: q.ID, Key: r.Key, Row: r.Row}
			if r.Window != nil {
				rows[q.ID][j].Window = &reference.Window{Start: r.Window.Start, End: r.Window.End}
			}
		}
	}
	return rows, nil
}
