package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	queries "github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// harness is a run: the servers, the services between its links, the workload, the
// observers.
type harness struct {
	cfg     Config
	journal *journal
	ports   ports

	folderDisk, kafkaDisk *disk
	roomy                 sync.Mutex // held while the folder's disk is full
	watched, aside        string

	broker   *broker
	store    *store
	fleet    *fleet
	spy      *spy
	observer *observer

	book     *ledger.Ledger
	follower *ledger.Follower
	writer   *ledger.Writer
	churn    *ledger.Churn
	tricks   *tricks
	producer *kafka.Producer
	admin    *kafka.Admin
	reader   *results.Reader

	strays  atomic.Int64 // records that the followers must count as not ours
	stalled atomic.Bool  // results have stopped to move
	hangs   atomic.Bool  // a strike has not come to its end
	atFirst map[string]usage

	// Kills of schedulers after which the last stable offsets were looked at, and
	// those of them after which nothing else struck before they had moved.
	waited, released atomic.Int64

	generator *exec.Cmd
	closers   []func()
}

func (h *harness) random(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(h.cfg.Seed, purpose))
}

func (h *harness) later(fn func()) { h.closers = append(h.closers, fn) }

// closing is how long it may take to end everything.
const closing = 3 * time.Minute

// close ends what the harness has started.
func (h *harness) close() {
	h.within(closing, "end of the run", func() {
		for i := len(h.closers) - 1; i >= 0; i-- {
			h.closers[i]()
		}
	})
}

// open starts the servers and makes everything else, not yet started.
func (h *harness) open(ctx context.Context) (err error) {
	if h.folderDisk, err = newDisk(ctx, filepath.Join(h.cfg.Dir, "folder"), 400); err != nil {
		return err
	}
	h.later(func() { h.complain(h.folderDisk.close()) })
	if h.kafkaDisk, err = newDisk(ctx, filepath.Join(h.cfg.Dir, "kafka-log"), 1400); err != nil {
		return err
	}
	h.later(func() { h.complain(h.kafkaDisk.close()) })
	h.later(h.keepLogs)
	h.watched, h.aside = filepath.Join(h.folderDisk.path, "watched"), filepath.Join(h.folderDisk.path, "aside")
	data := filepath.Join(h.kafkaDisk.path, "data")
	for _, dir := range []string{h.watched, h.aside, data} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	listeners := map[string][2]string{}
	for _, name := range names() {
		listeners[listener(name)] = [2]string{h.ports.next(), h.ports.next()}
	}
	if h.broker, err = newBroker(ctx, h.journal, &h.cfg, &h.ports, data, listeners); err != nil {
		return err
	}
	if h.store, err = newStore(h.journal, &h.cfg, &h.ports); err != nil {
		return err
	}
	if h.fleet, err = newFleet(h.journal, &h.cfg, &h.ports, listeners, h.store.direct, h.watched); err != nil {
		return err
	}
	h.later(func() {
		for _, l := range h.fleet.links {
			h.complain(l.close())
		}
	})
	h.excuses()
	for _, p := range []*process{h.broker.process, h.store.process} {
		if err := p.start(); err != nil {
			return err
		}
		h.later(func() { p.down(syscall.SIGTERM, 30*time.Second) })
	}
	if err := listening(ctx, h.broker.direct, 2*time.Minute); err != nil {
		return err
	}
	if err := h.redisBack(ctx); err != nil {
		return err
	}
	return h.connect(ctx)
}

// keepLogs copies what the broker has written where something was wrong, for the
// disk that it is on goes away.
func (h *harness) keepLogs() {
	if h.cfg.Planted != "" || len(h.journal.violations()) == 0 {
		return
	}
	from, to := filepath.Join(h.kafkaDisk.path, "data"), filepath.Join(h.cfg.Dir, "kafka-kept")
	for _, pattern := range []string{"*/*.log", "*/*.txnindex", "*/*.snapshot"} {
		names, err := filepath.Glob(filepath.Join(from, pattern))
		h.complain(err)
		for _, name := range names {
			into := filepath.Join(to, filepath.Base(filepath.Dir(name)))
			text, err := os.ReadFile(name)
			if err == nil {
				err = errors.Join(os.MkdirAll(into, 0o700), os.WriteFile(filepath.Join(into, filepath.Base(name)), text, 0o600))
			}
			h.complain(err)
		}
	}
}

func (h *harness) complain(err error) {
	if err != nil {
		h.journal.note("%v", err)
	}
}

// connect makes the topics and the harness's own clients, which go past the links.
func (h *harness) connect(ctx context.Context) (err error) {
	cfg := kafka.Config{Brokers: []string{h.broker.direct}, ClientID: "faults"}
	layout := kafka.Layout{Partitions: partitions, ExchangePartitions: exchangePartitions}
	for until := time.Now().Add(time.Minute); ; {
		if _, err = kafka.Ensure(ctx, cfg, layout); err == nil {
			break
		}
		if time.Now().After(until) || !ledger.Pause(ctx, time.Second) {
			return fmt.Errorf("make the topics: %w", err)
		}
	}
	if h.spy, err = newSpy(h.broker.direct); err != nil {
		return err
	}
	h.later(h.spy.client.Close)
	if h.producer, err = kafka.NewProducer(cfg); err != nil {
		return err
	}
	h.later(h.producer.Close)
	if h.admin, err = kafka.NewAdmin(cfg); err != nil {
		return err
	}
	h.later(h.admin.Close)
	h.reader = results.NewReader(h.store.client)
	h.later(func() { h.complain(h.store.client.Close()) })
	h.book = ledger.New(layout)
	h.follower = &ledger.Follower{Config: cfg, Ledger: h.book, Patient: true}
	h.observer = newObserver(h.journal, h.store, h.fleet)
	h.tricks = &tricks{h: h, rnd: h.random(7)}
	lines, err := h.generate(ctx)
	if err != nil {
		return err
	}
	h.writer = &ledger.Writer{Dir: h.watched, Aside: h.aside, Lines: lines, Random: h.random(3), Ledger: h.book, Rate: h.cfg.Rate}
	sample, err := h.writer.Peek(400)
	if err != nil {
		return err
	}
	h.churn = &ledger.Churn{Producer: h.producer, Random: h.random(4), Queries: queries.New(h.random(5).Uint64(), sample)}
	return nil
}

// generate starts `millrace generate`: lines whose event time advances by a
// millisecond each and lies back by up to 1.5 s, one in a hundred of them broken.
func (h *harness) generate(ctx context.Context) (*bufio.Reader, error) {
	h.generator = exec.CommandContext(ctx, filepath.Join(h.cfg.Bin, "millrace"), "generate", "--count", "0", "--lean",
		"--seed", fmt.Sprint(h.random(1).Uint64()>>32), "--step", "1ms", "--disorder", "1500ms", "--malformed", "0.01")
	h.generator.SysProcAttr = dieWithParent()
	from, err := h.generator.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.generator.Start(); err != nil {
		return nil, fmt.Errorf("generate tweets: %w", err)
	}
	h.later(func() {
		_ = h.generator.Process.Kill()
		_ = h.generator.Wait()
	})
	return bufio.NewReaderSize(from, 1<<20), nil
}

// startServices starts the services of ordinary times.
func (h *harness) startServices() error {
	for _, s := range h.fleet.all {
		h.later(func() { s.down(syscall.SIGTERM, drainPatience) })
	}
	for _, s := range []*service{h.fleet.monitor, h.fleet.parser, h.fleet.shown} {
		if err := s.start(); err != nil {
			return err
		}
	}
	return h.fleetOf(schedulers)
}
