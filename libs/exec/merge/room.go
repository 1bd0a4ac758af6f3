package merge

import (
	"maps"
	"time"
)

// A map keeps the room that it once needed, however little is left in it. A partition
// therefore looks, once in a while, which of its maps need much less than they did, and
// makes these anew: not sooner, for what empties with every flush or checkpoint fills again.

// roomEvery is how often a partition looks. It is longer than a checkpoint interval.
const roomEvery = 30 * time.Second

// muchRoom is for how many entries room is worth giving back.
const muchRoom = 1024

// room is how many entries a map has had: since it was made, and since the last look.
type room struct{ ever, lately int }

// fit notes how many entries a map has and, at a look, makes it anew if it has had at
// most an eighth of its room since the last one.
func fit[K comparable, V any](m *map[K]V, r *room, look bool) {
	r.lately = max(r.lately, len(*m))
	if !look {
		return
	}
	if r.ever = max(r.ever, r.lately); r.ever >= muchRoom && r.lately <= r.ever/8 {
		less := make(map[K]V, len(*m))
		maps.Copy(less, *m)
		*m, r.ever = less, r.lately
	}
	r.lately = len(*m)
}

// rooms are those of a partition's maps.
type rooms struct {
	nodes, windows, queries, owing, waiting, awaited, drops, news, dirty, tombs room
}

// fitRooms is fit for every map of the partition. It is called whenever they may be at
// their largest.
func (s *Partition) fitRooms(look bool) {
	fit(&s.nodes, &s.rooms.nodes, look)
	fit(&s.windows, &s.rooms.windows, look)
	fit(&s.queries, &s.rooms.queries, look)
	fit(&s.owing, &s.rooms.owing, look)
	fit(&s.waiting, &s.rooms.waiting, look)
	fit(&s.awaited, &s.rooms.awaited, look)
	fit(&s.drops, &s.rooms.drops, look)
	fit(&s.news, &s.rooms.news, look)
	fit(&s.dirty, &s.rooms.dirty, look)
	fit(&s.tombs, &s.rooms.tombs, look)
}

// fitRooms is that of the partition, with a look when it is time for one.
func (o *owned) fitRooms(now time.Time) {
	look := !now.Before(o.nextRoom)
	o.Partition.fitRooms(look)
	if !look {
		return
	}
	o.nextRoom = now.Add(roomEvery)
	if len(o.queue) == 0 {
		o.queue = nil
	}
}
