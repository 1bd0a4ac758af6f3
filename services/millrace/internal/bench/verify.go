package bench

import (
	"context"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
)

// Verified is one comparison that came out equal.
type Verified struct {
	Mix       string
	Queries   int
	Documents int
	Against   []string // what was compared with the closures' answers
}

// Verify runs every engine, the engine shared at every level, over the whole input
// by all of [Config].Decoders, and compares what every query comes to. The first
// difference is an error that names the query.
func Verify(ctx context.Context, cfg Config) ([]Verified, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cat, err := catalog.Default()
	if err != nil {
		return nil, err
	}
	cfg.Spare = 0
	sets, err := cfg.sets(cat)
	if err != nil {
		return nil, err
	}
	var out []Verified
	for _, s := range sets {
		for _, n := range cfg.Queries {
			v, err := cfg.verify(ctx, cat, s, n)
			if err != nil {
				return out, err
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// variant is a way to answer queries.
type variant struct {
	name   string
	engine string
	opts   engine.Options
}

func (c *Config) variants(cat *catalog.Catalog) ([]variant, error) {
	var out []variant
	for i, decoder := range c.Decoders {
		opts := engine.Options{Catalog: cat, Stream: stream, Portable: decoder == Portable, Collect: true}
		path := ""
		if opts.Portable {
			path = ", portable"
		}
		for _, name := range c.Engines {
			switch {
			case name == "segmentio" && i == 0: // it has a decoder of its own
				out = append(out, variant{name, name, opts})
				continue
			case name == "segmentio":
				continue
			case name != "shared":
				out = append(out, variant{name + path, name, opts})
				continue
			}
			for _, text := range c.Levels {
				level, err := engine.ParseLevel(text)
				if err != nil {
					return nil, err
				}
				opts.Level = level
				out = append(out, variant{"shared, " + text + path, name, opts})
			}
		}
	}
	return out, nil
}

func (c *Config) verify(ctx context.Context, cat *catalog.Catalog, s *set, n int) (Verified, error) {
	v := Verified{Mix: s.name, Queries: n, Documents: c.Input.Documents}
	variants, err := c.variants(cat)
	if err != nil {
		return v, err
	}
	reference := variant{engine: "closure", opts: engine.Options{Catalog: cat, Stream: stream, Collect: true}}
	want, err := c.answers(ctx, reference, s, n)
	if err != nil {
		return v, err
	}
	for _, one := range variants {
		c.tell("%s, %d queries: %s", s.name, n, one.name)
		got, err := c.answers(ctx, one, s, n)
		if err != nil {
			return v, fmt.Errorf("%s, %s: %w", s.name, one.name, err)
		}
		for i := range n {
			id := s.ids[i]
			if !got[id].Equal(want[id]) {
				return v, fmt.Errorf("%s, %d queries: %s differs from the closures in %s: %s", s.name, n, one.name, s.describe(i), want[id].Diff(got[id]))
			}
		}
		v.Against = append(v.Against, one.name)
	}
	return v, nil
}

// describe names a query with its text, where that is known.
func (s *set) describe(i int) string {
	if i < len(s.texts) {
		return s.ids[i] + " (" + s.texts[i] + ")"
	}
	return s.ids[i]
}

// answers runs a variant over the whole input, with a commit after every third
// batch, by as many workers as there are cores.
func (c *Config) answers(ctx context.Context, v variant, s *set, n int) (map[string]engine.Answer, error) {
	e, err := engine.New(v.engine, v.opts)
	if err != nil {
		return nil, err
	}
	for i := range n {
		q, err := s.query(i)
		if err != nil {
			return nil, err
		}
		if err := e.Add(q); err != nil {
			return nil, err
		}
	}
	if err := e.Ready(); err != nil {
		return nil, err
	}
	cores := slices.Max(c.Cores)
	t, err := newTeam(e, cores, nil)
	if err != nil {
		return nil, err
	}
	values, _ := c.Input.prefix(c.Input.Documents)
	for part := range slices.Chunk(values, 3*cores) {
		if _, err := t.run(ctx, part, 1); err != nil {
			return nil, err
		}
	}
	return e.Answers()
}
