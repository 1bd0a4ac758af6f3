package merge

import (
	"testing"

	"github.com/millrace/millrace/libs/exec/delta"
)

// The windows of a union close when all of its streams have passed them, and at the end of
// all of them; those of a query over one stream wait for that alone.
func TestUnionsWaitForAllTheirStreams(t *testing.T) {
	const posts = "posts-topic"
	b := newBench(t, 1, 1)
	b.topo.Topics[posts] = "uuid-2"
	b.topo.Streams["posts"] = Stream{Topic: posts, Partitions: 1}
	b.restart()
	read := int64(0)
	say := func(newest int64, end bool) {
		b.wall += 100
		b.seal(0, &delta.Seal{Plan: 1, Wall: b.wall, Topics: b.topo.Topics, Parts: []delta.SealPart{
			{Topic: posts, From: read, To: read + 1, Newest: newest, End: end, Documents: 1, Appended: b.wall},
		}})
		read++
	}
	union := count(t, "union", "both", 1, windowed, final, func(q *Query) { q.Others = []string{"posts"} })
	alone := count(t, "alone", "one", 1, windowed, final)
	b.define([]*Query{union, alone}, nil)
	b.commitAll(0, 1, []*Query{union, alone}, post{"a", 1 * second}, post{"a", 40 * second})
	b.step()
	b.want(`alone 0-10000["a"] {"n":1}`) // of posts nothing was heard
	say(9*second, false)
	b.step()
	b.want(`alone 0-10000["a"] {"n":1}`)
	say(12*second, false)
	b.step()
	b.want("alone 0-10000[\"a\"] {\"n\":1}\nunion 0-10000[\"a\"] {\"n\":1}")
	b.sealAll(0, 1, func(part *delta.SealPart) { part.End = true }) // of tweets
	b.step()
	b.want("alone 0-10000[\"a\"] {\"n\":1}\nalone 40000-50000[\"a\"] {\"n\":1}\nunion 0-10000[\"a\"] {\"n\":1}")
	say(13*second, true)
	b.step()
	b.want("alone 0-10000[\"a\"] {\"n\":1}\nalone 40000-50000[\"a\"] {\"n\":1}\nunion 0-10000[\"a\"] {\"n\":1}\nunion 40000-50000[\"a\"] {\"n\":1}")
}

// What passed before a query are the documents of all its streams.
func TestDocumentsOfUnions(t *testing.T) {
	s := newPartition(0, &Topology{Streams: map[string]Stream{
		"tweets": {Topic: "t", Partitions: 2}, "posts": {Topic: "p", Partitions: 1}, "others": {Topic: "o", Partitions: 1},
	}}, 0)
	s.vector = map[source]*progress{
		{"t", 0}: {documents: 1}, {"t", 1}: {documents: 2}, {"p", 0}: {documents: 4}, {"o", 0}: {documents: 8},
	}
	for want, q := range map[int64]*Query{3: {Stream: "tweets"}, 7: {Stream: "tweets", Others: []string{"posts"}}} {
		if got := s.documents(q.streams()); got != want {
			t.Errorf("%v: %d documents, want %d", q.streams(), got, want)
		}
	}
}
