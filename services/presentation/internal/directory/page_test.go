package directory

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

func TestPage(t *testing.T) {
	d := New(new(catalog.Catalog))
	for i, q := range []struct {
		id, owner string
		state     wire.Transition
	}{
		{"a1", "anna", wire.Live}, {"a2", "anna", wire.Failed}, {"b1", "ben", wire.Live}, {"b2", "ben", wire.Live}, {"c", "", wire.Accepted},
	} {
		d.entries[q.id] = &entry{query: &Query{ID: q.id, Owner: q.owner, Epoch: int64(i)}, epoch: int64(i), transition: q.state}
	}
	for _, c := range []struct {
		f     Filter
		after string
		limit int
		want  string
	}{
		{Filter{}, "", 10, "[a1 a2 b1 b2 c]  0 5 map[accepted:1 failed:1 live:3]"},
		{Filter{}, "", 2, "[a1 a2] a2 0 5 map[accepted:1 failed:1 live:3]"},
		{Filter{}, "a2", 2, "[b1 b2] b2 2 5 map[accepted:1 failed:1 live:3]"},
		{Filter{}, "b2", 2, "[c]  4 5 map[accepted:1 failed:1 live:3]"},
		{Filter{}, "b0", 2, "[b1 b2] b2 2 5 map[accepted:1 failed:1 live:3]"},
		{Filter{State: "live"}, "", 2, "[a1 b1] b1 0 3 map[accepted:1 failed:1 live:3]"},
		{Filter{State: "live", Owner: "ben"}, "", 9, "[b1 b2]  0 2 map[live:2]"},
		{Filter{ID: "1"}, "", 9, "[a1 b1]  0 2 map[live:2]"},
		{Filter{ID: "x"}, "", 9, "[]  0 0 map[]"},
	} {
		p := d.Page(c.f, c.after, c.limit)
		var ids []string
		for _, q := range p.Queries {
			ids = append(ids, q.ID)
		}
		if got := fmt.Sprint(ids, " ", p.Next, " ", p.From, p.Total, " ", p.States); got != c.want {
			t.Errorf("%+v after %q: %s, want %s", c.f, c.after, got, c.want)
		}
		if fmt.Sprint(p.Owners) != "[anna ben]" {
			t.Errorf("owners %v", p.Owners)
		}
	}
	before := d.Version()
	d.Fill("c", 4, string(wire.Live))
	if d.Version() == before {
		t.Error("a change of state is no new version")
	}
}
