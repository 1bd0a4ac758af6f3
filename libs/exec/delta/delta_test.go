package delta

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func id(s string) plan.ID { return plan.HashID([]byte(s)) }

func sample() *Block {
	key := record.AppendValue(nil, record.Text("en"))
	return &Block{Plan: 42, Cohort: 0, Nodes: []NodeDelta{
		{
			Node: id("t"), Kind: Table, Errors: 1, Mismatches: 2, NoTime: 3,
			Aggs: []plan.ID{id("count"), id("sum")},
			Groups: []Group{
				{Pane: -60000000, Key: key, Rows: 7, States: [][]byte{{7}, {1, 2, 3}}},
				{Pane: 0, Key: []byte{}, Rows: 1, States: [][]byte{{1}, {}}},
			},
		},
		{
			Node: id("r"), Kind: Rows, Rows: []Row{
				{EventTime: record.NoEventTime, Partition: 3, Offset: 1 << 40, Index: 9, Data: []byte("row")},
				{EventTime: 1475280000000000, Data: []byte{}},
			},
		},
		{Node: id("later"), Kind: 9, Raw: []byte("unknown payload")},
	}}
}

func TestGoldenBytes(t *testing.T) {
	got := hex.EncodeToString(Encode(sample()))
	want := goldenBlock()
	if got != want {
		t.Errorf("encoding changed:\n got %s\nwant %s", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	b := sample()
	got, err := DecodeBlock(Encode(b))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, b) {
		t.Errorf("got %+v\nwant %+v", got, b)
	}
}

func TestEmptyBlock(t *testing.T) {
	b, err := DecodeBlock(Encode(&Block{Plan: -1, Cohort: 5, Nodes: []NodeDelta{{Node: id("t"), Kind: Table}}}))
	if err != nil || b.Plan != -1 || b.Cohort != 5 || len(b.Nodes) != 0 {
		t.Errorf("got %+v, %v", b, err)
	}
}

func TestMalformed(t *testing.T) {
	whole := Encode(sample())
	for i := range whole {
		if _, err := DecodeBlock(whole[:i]); err == nil {
			// Cutting between two nodes leaves a shorter block.
			if again, _ := DecodeBlock(whole[:i]); !bytes.Equal(Encode(again), whole[:i]) {
				t.Errorf("cut at %d of %d: no error", i, len(whole))
			}
		} else if !errors.Is(err, ErrMalformed) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	for name, b := range map[string][]byte{
		"no bytes":        {},
		"other version":   {2, 0, 0},
		"huge cohort":     {1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"huge length":     append([]byte{1, 0, 0}, append(make([]byte, 17), 0xff, 0xff, 0xff, 0xff, 0x0f)...),
		"many aggregates": append([]byte{1, 0, 0}, append(append(make([]byte, 16), 1, 4), 0, 0, 0, 0x7f)...),
	} {
		if got, err := DecodeBlock(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestSplitKeepsEverythingAndSize(t *testing.T) {
	b := &Block{Plan: 7}
	for n := range 5 {
		d := NodeDelta{Node: id(string(rune('a' + n))), Kind: Table, Errors: uint64(n), Aggs: []plan.ID{id("x")}}
		for g := range 40 {
			d.Groups = append(d.Groups, Group{Pane: int64(g), Key: bytes.Repeat([]byte{byte(g)}, g*7), Rows: uint64(g), States: [][]byte{bytes.Repeat([]byte{1}, n*5)}})
		}
		b.Nodes = append(b.Nodes, d)
		r := NodeDelta{Node: id("r" + string(rune('a'+n))), Kind: Rows, Mismatches: 1}
		for i := range 20 {
			r.Rows = append(r.Rows, Row{Offset: int64(i), Data: bytes.Repeat([]byte{9}, i*11)})
		}
		b.Nodes = append(b.Nodes, r)
	}
	for _, limit := range []int{1, 100, 333, 1000, 4096, 1 << 20} {
		whole := map[plan.ID]*NodeDelta{}
		var order []plan.ID
		for _, enc := range Split(b, limit) {
			got, err := DecodeBlock(enc)
			if err != nil {
				t.Fatal(err)
			}
			if items := len(got.Nodes); len(enc) > limit && (items != 1 || len(got.Nodes[0].Groups)+len(got.Nodes[0].Rows) > 1) {
				t.Errorf("limit %d: a block of %d bytes holds %d nodes", limit, len(enc), items)
			}
			for _, d := range got.Nodes {
				w := whole[d.Node]
				if w == nil {
					whole[d.Node] = &d
					order = append(order, d.Node)
					continue
				}
				w.Errors += d.Errors
				w.Mismatches += d.Mismatches
				w.Groups = append(w.Groups, d.Groups...)
				w.Rows = append(w.Rows, d.Rows...)
			}
		}
		if len(order) != len(b.Nodes) {
			t.Fatalf("limit %d: %d nodes, want %d", limit, len(order), len(b.Nodes))
		}
		for i, at := range order {
			if !bytes.Equal(Encode(&Block{Nodes: []NodeDelta{*whole[at]}}), Encode(&Block{Nodes: b.Nodes[i : i+1]})) {
				t.Errorf("limit %d: node %d differs", limit, i)
			}
		}
	}
}

// Blocks are passed on as they are done: no more than one is in memory.
func TestBlocksAreWrittenAsTheyAreDone(t *testing.T) {
	const rows, limit = 50, 100
	kept, passed := NewEncoder(7, 0, limit), NewEncoder(7, 0, limit)
	var got [][]byte
	passed.To(func(block []byte) { got = append(got, block) })
	for _, e := range []*Encoder{kept, passed} {
		e.Node(NodeDelta{Node: id("a"), Kind: Rows, Errors: 1})
		for i := range rows {
			e.Row(Row{Offset: int64(i), Data: bytes.Repeat([]byte{byte(i)}, 30)})
			if e == passed && len(got) < i/3-1 {
				t.Fatalf("%d blocks of %d rows", len(got), i)
			}
		}
	}
	want, rest := kept.Finish(), passed.Finish()
	if len(rest) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d blocks and %d later, want %d", len(got), len(rest), len(want))
	}
}

func TestSingleIsNodeAndGroup(t *testing.T) {
	for limit := range 300 {
		one, other := NewEncoder(1<<40, 3, limit), NewEncoder(1<<40, 3, limit)
		for n := range 40 {
			node, agg, rows := id(fmt.Sprint("node", n)), id("agg"), uint64(n)*uint64(n)*1000
			state := binary.AppendUvarint(nil, rows)
			if n%5 == 4 {
				d := NodeDelta{Node: node, Kind: Table, Errors: 1, Aggs: []plan.ID{agg, agg}}
				one.Node(d)
				other.Node(d)
				continue
			}
			one.Single(node, agg, rows, state)
			other.Node(NodeDelta{Node: node, Kind: Table, Aggs: []plan.ID{agg}})
			other.Group(Group{Rows: rows, States: [][]byte{state}})
		}
		if got, want := one.Finish(), other.Finish(); !reflect.DeepEqual(got, want) {
			t.Fatalf("blocks of at most %d bytes: got %x, want %x", limit, got, want)
		}
	}
}

func TestRoute(t *testing.T) {
	key := record.AppendValue(nil, record.Text("en"))
	got := []int32{
		Route(id("a"), ByKey, key, 8), Route(id("a"), ByKey, nil, 8), Route(id("a"), ByTable, key, 8),
		Route(id("b"), ByKey, key, 8), Route(id("b"), ByTable, nil, 7), Route(id("a"), ByKey, key, 1),
	}
	if want := goldenRoutes(); !reflect.DeepEqual(got, want) {
		t.Errorf("routes changed: got %v, want %v", got, want)
	}
	if Route(id("a"), ByTable, key, 64) != Route(id("a"), ByTable, []byte("other"), 64) {
		t.Error("ByTable depends on the key")
	}
	if ByKey.String() != "key" || ByTable.String() != "table" || Routing(7).String() != "routing(7)" {
		t.Error("names changed")
	}
	used := map[int32]bool{}
	for i := range 200 {
		p := Route(id("a"), ByKey, []byte{byte(i)}, 8)
		if p < 0 || p >= 8 {
			t.Fatalf("partition %d of 8", p)
		}
		used[p] = true
	}
	if len(used) != 8 {
		t.Errorf("200 keys use %d of 8 partitions", len(used))
	}
}

func TestSealGolden(t *testing.T) {
	s := &Seal{
		Plan: 17, Wall: 1475280000123, Slot: 2, Sequence: 99,
		Topics: map[string]string{"millrace.tweets": "u-1", "millrace.registry": "u-0"},
		Parts: []SealPart{
			{Topic: "millrace.tweets", Partition: 0, From: 5, To: 9, Newest: -1, Documents: 31, Appended: 1475280000099},
			{Topic: "millrace.tweets", Partition: 1, From: 9, To: 9, Newest: record.NoEventTime, Idle: true, End: true, Gap: true, GapFrom: 0},
		},
	}
	const want = `{"version":1,"plan":17,"wall":1475280000123,"slot":2,"sequence":99,` +
		`"topics":{"millrace.registry":"u-0","millrace.tweets":"u-1"},` +
		`"parts":[{"topic":"millrace.tweets","partition":0,"from":5,"to":9,"newest":-1,"documents":31,"appended":1475280000099},` +
		`{"topic":"millrace.tweets","partition":1,"from":9,"to":9,"idle":true,"end":true,"gap_from":0}]}`
	b, err := EncodeSeal(s)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	got, err := DecodeSeal(b)
	if err != nil {
		t.Fatal(err)
	}
	s.Version = 1
	if !reflect.DeepEqual(got, s) {
		t.Errorf("got %+v\nwant %+v", got, s)
	}
	if _, err := DecodeSeal([]byte(strings.Replace(want, `"slot":2`, `"slot":2,"new":{"x":[1]}`, 1))); err != nil {
		t.Errorf("a field of a later version: %v", err)
	}
}

func TestSealRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"not JSON":        `{"version":1`,
		"trailing":        `{"version":1,"topics":{},"parts":[]} x`,
		"wrong type":      `{"version":1,"plan":"x","topics":{},"parts":[]}`,
		"version":         `{"version":2,"topics":{},"parts":[]}`,
		"no topic":        `{"version":1,"topics":{"t":"u"},"parts":[{"partition":0}]}`,
		"unknown topic":   `{"version":1,"topics":{"t":"u"},"parts":[{"topic":"x","partition":0}]}`,
		"negative":        `{"version":1,"topics":{"t":"u"},"parts":[{"topic":"t","partition":-1}]}`,
		"backwards":       `{"version":1,"topics":{"t":"u"},"parts":[{"topic":"t","from":5,"to":4}]}`,
		"negative from":   `{"version":1,"topics":{"t":"u"},"parts":[{"topic":"t","from":-5,"to":4}]}`,
		"gap of nothing":  `{"version":1,"topics":{"t":"u"},"parts":[{"topic":"t","from":5,"to":5,"gap_from":5}]}`,
		"fewer than none": `{"version":1,"topics":{"t":"u"},"parts":[{"topic":"t","from":5,"to":6,"documents":-1}]}`,
		"partition twice": `{"version":1,"topics":{"t":"u"},"parts":[{"topic":"t","to":1},{"topic":"t","to":1}]}`,
	} {
		if got, err := DecodeSeal([]byte(s)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if _, err := EncodeSeal(&Seal{Parts: []SealPart{{Topic: "t"}}}); err == nil {
		t.Error("EncodeSeal wrote a seal without the topic's id")
	}
}

func FuzzDecodeBlock(f *testing.F) {
	f.Add(Encode(sample()))
	f.Add([]byte{1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		block, err := DecodeBlock(b)
		if err != nil {
			return
		}
		again, err := DecodeBlock(Encode(block))
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		third, err := DecodeBlock(Encode(again))
		if err != nil || !reflect.DeepEqual(again, third) {
			t.Errorf("%+v\n%+v\n%v", again, third, err)
		}
	})
}

func FuzzDecodeSeal(f *testing.F) {
	f.Add([]byte(`{"version":1,"plan":17,"topics":{"t":"u"},"parts":[{"topic":"t","partition":0,"from":5,"to":9,"newest":-1}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSeal(b)
		if err != nil {
			return
		}
		enc, err := EncodeSeal(s)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := DecodeSeal(enc); err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("%+v\n%+v\n%v", s, again, err)
		}
	})
}
