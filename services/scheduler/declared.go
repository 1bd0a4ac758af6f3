package scheduler

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/scheduler/internal/registry"
	"github.com/millrace/millrace/services/scheduler/internal/scanlog"
)

// runDeclared runs a scan of each stream that was declared while services run, from when
// the registry has it until it has it no more. One that is declared anew is another
// stream with another scan.
func (s *service) runDeclared(ctx context.Context) error {
	s.scans.keep(s.registry.Current().Streams) // of a slot that was given up some may be left
	g, ctx := errgroup.WithContext(ctx)
	running := map[int64]context.CancelFunc{} // by the position of the stream
	for ctx.Err() == nil {
		changed := s.registry.Changed()
		streams := s.registry.Current().Streams
		there := make(map[int64]*registry.Stream, len(streams))
		for _, st := range streams {
			there[st.Position] = st
		}
		for position, end := range running {
			if there[position] == nil {
				end()
				delete(running, position)
			}
		}
		for _, st := range streams {
			if running[st.Position] == nil {
				var one context.Context
				one, running[st.Position] = context.WithCancel(ctx)
				sc := s.scans.declare(st)
				g.Go(func() error { return s.scanDeclared(ctx, one, sc) })
			}
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
	for _, end := range running {
		end()
	}
	return g.Wait()
}

// scanDeclared scans a stream while there is such a one. What is wrong with its topic
// stops this scan alone. all ends with this run of the stages, and one with the stream,
// too.
func (s *service) scanDeclared(all, one context.Context, sc *scanning) error {
	s.Log.Info("a stream was declared; scanning it", "stream", sc.stream.Name, "topic", sc.stream.Topic, "epoch", sc.source.Declared.Epoch)
	name := fmt.Sprintf("%s-%d", sc.name(), sc.source.Declared.Epoch)
	s.Ready.Note(name, func() string { return sc.note(s.BacklogBytes) })
	defer s.Ready.Note(name, nil)
	for missed := 0; one.Err() == nil; {
		err := sc.source.Check(one, s.admin)
		if errors.Is(err, scanlog.ErrMissing) && missed == 0 { // of several brokers the one asked may not know it yet
			missed++
			if s.Clock.Sleep(one, restartAfter) == nil {
				continue
			}
			break
		}
		missed = 0
		if err == nil {
			err = s.scanWhole(one, sc)
		}
		switch {
		case one.Err() != nil, errors.Is(err, scan.ErrGone):
		case errors.Is(err, scanlog.ErrTopic), errors.Is(err, scan.ErrContinuity), kafka.Denied(err):
			s.stopped(sc, err)
		case err != nil && (errors.Is(err, ErrFenced) || lasting(err)):
			return err
		case err != nil:
			s.Log.Debug("cannot look at the topic of a stream; trying again", "stream", sc.stream.Name, "error", err)
		}
		if errors.Is(err, scan.ErrGone) || s.Clock.Sleep(one, lookEvery) != nil {
			break
		}
	}
	if all.Err() == nil {
		s.scans.forget(sc)
		s.Log.Info("a stream was dropped, or declared anew; its scan has ended", "stream", sc.stream.Name, "epoch", sc.source.Declared.Epoch)
	}
	return nil
}

// scanWhole runs the stage of a stream while its topic is the one of its declaration.
func (s *service) scanWhole(ctx context.Context, sc *scanning) error {
	began := s.Clock.Now()
	g, ctx := errgroup.WithContext(ctx)
	ended := make(chan struct{})
	g.Go(func() error {
		defer close(ended)
		return s.supervise(ctx, sc.name(), func(ctx context.Context) error {
			err := s.runScan(ctx, sc)
			if kafka.Denied(err) {
				err = fmt.Errorf("%w: %w", errDenied, err)
			}
			return err
		})
	})
	g.Go(func() error {
		watched, stop := context.WithCancel(ctx)
		defer stop()
		go func() {
			select {
			case <-ended:
				stop()
			case <-watched.Done():
			}
		}()
		for s.Clock.Sleep(watched, lookEvery) == nil {
			switch err := sc.source.Check(watched, s.admin); {
			case errors.Is(err, scanlog.ErrTopic), kafka.Denied(err):
				return err
			case err == nil && s.Clock.Now().Sub(began) >= lookEvery:
				s.goes(sc)
			}
		}
		return nil
	})
	return g.Wait()
}
