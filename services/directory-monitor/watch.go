package monitor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/wire"
)

// Watch is a folder, and the declared stream that its files feed; "": tweets.
type Watch struct{ Stream, Folder string }

// String writes the watch as --watch takes it.
func (w Watch) String() string {
	if w.Stream == "" {
		return w.Folder
	}
	return w.Stream + "=" + w.Folder
}

// WatchFlag registers --watch.
func WatchFlag(f *daemon.Flags, p *[]Watch, more string) {
	f.Set().Var(&watchValue{p: p}, "watch", "`FOLDER` to watch, with its subfolders, for files of posts ("+Formats+"); NAME=FOLDER feeds a stream "+
		"that CREATE STREAM declares, and may be given several times"+more)
	f.Check(func() error { return checkWatches(*p) })
}

// watchValue is what --watch says. The first Set replaces what there was, a repeated flag
// adds.
type watchValue struct {
	p   *[]Watch
	set bool
}

// Type tells what a value is, for people.
func (v *watchValue) Type() string { return "folder" }

// String writes all watches as one value.
func (v *watchValue) String() string {
	var all []string
	for _, w := range *v.p {
		all = append(all, w.String())
	}
	return strings.Join(all, ",")
}

// Set takes a FOLDER, whose name may have commas, or several NAME=FOLDER behind commas, as
// a variable of the environment has them.
func (v *watchValue) Set(s string) error {
	if !v.set {
		*v.p, v.set = nil, true
	}
	from := 0
	for _, at := range regexp.MustCompile(`,[a-z_][a-z0-9_]*=`).FindAllStringIndex(s, -1) {
		*v.p = append(*v.p, watchOf(s[from:at[0]]))
		from = at[0] + 1
	}
	*v.p = append(*v.p, watchOf(s[from:]))
	return nil
}

// watchOf reads FOLDER or NAME=FOLDER. A folder that is there under the whole text is one,
// whatever its name looks like.
func watchOf(s string) Watch {
	name, folder, named := strings.Cut(s, "=")
	if !named || !wire.ValidName(name) {
		return Watch{Folder: s}
	}
	if _, err := os.Stat(s); !errors.Is(err, fs.ErrNotExist) {
		return Watch{Folder: s}
	}
	if name == tweets {
		name = ""
	}
	return Watch{Stream: name, Folder: folder}
}

func checkWatches(all []Watch) error {
	seen, plain := map[Watch]bool{}, ""
	for _, w := range all {
		switch {
		case w.Folder == "":
			return daemon.Usagef("--watch: %q names no folder", w.String())
		case seen[w]:
			return daemon.Usagef("--watch: %s is given twice", w)
		case w.Stream == "" && plain != "":
			return daemon.Usagef("--watch: posts come from one folder, and %s and %s are two; NAME=FOLDER feeds another stream", plain, w.Folder)
		case w.Stream == "":
			plain = w.Folder
		}
		seen[w] = true
	}
	return nil
}

// RunAll runs a monitor for each of the watches, as c says for the rest of it, until ctx
// ends, whose error it returns, or one of them cannot go on. InputFormat and Columns are
// of the posts: files of other streams are as their streams say.
func RunAll(ctx context.Context, c Config, watches []Watch) error {
	if err := checkWatches(watches); err != nil {
		return err
	}
	declared := newDeclarations(c)
	g, ctx := errgroup.WithContext(ctx)
	for _, w := range watches {
		one := c
		one.Watch = w.Folder
		if w.Stream == "" {
			g.Go(func() error { return Run(ctx, one) })
			continue
		}
		one.InputFormat, one.Columns, one.declaredAs = "", nil, w.Stream
		if c.Name != "" {
			one.Name = c.Name + "." + w.Stream
		}
		if err := one.normalize(); err != nil {
			return err
		}
		one.Metrics = c.Metrics.With("stream", w.Stream).With("folder", one.Watch)
		for _, other := range watches {
			if c.Name != "" && other != w && other.Stream == w.Stream {
				return daemon.Usagef("--name: one name is for one folder of a stream, and --watch gives %s and %s", w, other)
			}
		}
		one.Log = one.Log.With("stream", w.Stream)
		changes := declared.subscribe(w.Stream)
		g.Go(func() error { return runDeclared(ctx, one, changes) })
	}
	if declared.any() {
		g.Go(func() error { return declared.run(ctx) })
	}
	return g.Wait()
}

// runDeclared runs a monitor whenever its stream is declared.
func runDeclared(ctx context.Context, c Config, changes <-chan *declaration) error {
	var now *declaration
	select {
	case <-ctx.Done():
		return ctx.Err()
	case now = <-changes: // the registry is read
	}
	for {
		if now == nil {
			c.Log.Warn("the stream is not declared; waiting until it is, by CREATE STREAM", "folder", c.Watch)
			c.Ready.Note(c.condition(conditionFolder), func() string {
				return fmt.Sprintf("stream %s is not declared: %s waits for CREATE STREAM", c.declaredAs, c.Watch)
			})
			select {
			case <-ctx.Done():
				return ctx.Err()
			case now = <-changes:
				continue
			}
		}
		c.Ready.Note(c.condition(conditionFolder), nil)
		c.Log.Info("feeding the stream", "epoch", now.record.Epoch, "topic", now.record.Topic, "folder", c.Watch)
		next, err := runWhile(ctx, c, now, changes)
		if err != nil {
			return err
		}
		now = next
	}
}

// runWhile runs a monitor while its stream is the one that it is, and returns what the
// stream is then.
func runWhile(ctx context.Context, c Config, now *declaration, changes <-chan *declaration) (*declaration, error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	one := c
	one.Stream, one.declared = now.stream, now.record
	ended := make(chan error, 1)
	go func() { ended <- Run(running, one) }()
	select {
	case err := <-ended:
		return nil, err
	case next := <-changes:
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			return nil, err
		}
		for _, name := range []string{conditionFolder, conditionKafka} {
			c.Ready.Report(c.condition(name), nil)
		}
		return next, nil
	}
}
