package registry

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

func emptyTable(t testing.TB) *table {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return newTable(New(kafka.Config{}, c, slog.New(slog.DiscardHandler)))
}

// registration is of a query that failed.
func registration(t *testing.T, id string, epoch int64) *kafka.Record {
	t.Helper()
	why := "too many groups"
	value, err := (&wire.Registry{ID: id, Epoch: epoch, SQL: "s", Plan: []byte{1}, Failed: &why, Submitted: time.Unix(1, 0)}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	rec := drop(id, epoch)
	rec.Value = value
	return &rec
}

// However many queries come and go, only the drops of about a day are held, and all of
// these. Queries stay.
func TestDropsOfADayAreHeld(t *testing.T) {
	table := emptyTable(t)
	const hours, each = 24 * 30, 5
	epoch := int64(0)
	apply := func(rec *kafka.Record) {
		t.Helper()
		if err := table.apply(rec); err != nil {
			t.Fatal(err)
		}
	}
	apply(registration(t, "stays", epoch))
	for hour := range hours {
		table.forget(time.Unix(0, 0).Add(time.Duration(hour) * time.Hour))
		for i := range each {
			rec := drop(fmt.Sprintf("q%d-%d", hour, i), epoch+1+int64(i))
			apply(&rec)
		}
		epoch += each
		if n := table.drops.Directory().Len(); n > each*26 {
			t.Fatalf("%d drops are held in hour %d", n, hour)
		}
		if before := max(hour-24, 0); !table.drops.Directory().Has(fmt.Sprintf("q%d-0", before)) {
			t.Fatalf("in hour %d a drop of hour %d is forgotten", hour, before)
		}
	}
	if table.queries.Get("stays") == nil {
		t.Error("a query is forgotten")
	}
	if n := len(table.age.marks); n > 26 {
		t.Errorf("%d marks are held", n)
	}
}

// An epoch that comes again is found out though the drop is forgotten, and a later one
// is a query like any other.
func TestEpochsOfForgottenDrops(t *testing.T) {
	table := emptyTable(t)
	rec := drop("q", 7)
	if err := table.apply(&rec); err != nil {
		t.Fatal(err)
	}
	table.forget(time.Unix(0, 0))
	table.changed = false
	table.forget(time.Unix(0, 0).Add(tombstonesLive))
	if table.changed || !table.drops.Directory().Has("q") {
		t.Error("it is forgotten while the topic may show it")
	}
	table.forget(time.Unix(1, 0).Add(tombstonesLive))
	if !table.changed || table.drops.Directory().Has("q") {
		t.Error("it is not forgotten")
	}
	if err := table.apply(registration(t, "q", 7)); !errors.Is(err, ErrEpochs) {
		t.Errorf("an epoch comes again: %v", err)
	}
	if err := table.apply(registration(t, "q", 8)); err != nil || table.queries.Get("q").Epoch != 8 {
		t.Errorf("a query of a later epoch: %v", err)
	}
}

// A reader that is told the time forgets by itself.
func TestAReaderForgetsDrops(t *testing.T) {
	b := newBench(t)
	var now atomic.Int64
	r, _ := b.follow(func(r *Reader) { r.now = func() time.Time { return time.Unix(now.Load(), 0) } })
	b.write(true, b.query("q", 1, counting), drop("q", 2))
	if d := b.reach(r); !d.Drops.Has("q") {
		t.Fatal("the drop is not shown")
	}
	for i := range int64(3) {
		now.Add(int64(tombstonesLive/time.Second) / 2)
		b.write(true, b.query(fmt.Sprint("p", i), 3+i, counting))
		if d := b.reach(r); d.Drops.Has("q") != (i < 2) || d.Queries.Len() != int(i)+1 {
			t.Fatalf("after %d half days: shown: %v, %d queries", i+1, d.Drops.Has("q"), d.Queries.Len())
		}
	}
}
