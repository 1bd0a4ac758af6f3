package index

import (
	"slices"
	"sort"
	"strings"

	"github.com/millrace/millrace/libs/exec/expr"
)

// Prefix is an index of texts with which a text may begin: a trie laid out as the
// sorted list of them, in which each knows the longest other one that it begins
// with. The greatest that is not greater than a text begins with all those that
// the text begins with.
type Prefix struct {
	column int
	list   []prefix
}

// prefix is one text with which others may begin; up is the number of the longest
// other one that it begins with, -1: there is none.
type prefix struct {
	text string
	slot int32
	up   int32
}

// prefixSet is the [Set] of a Prefix.
type prefixSet struct {
	list   []prefix
	shared bool
	linked bool
}

func (s *prefixSet) own() {
	if s.shared {
		s.list, s.shared = slices.Clone(s.list), false
	}
	s.linked = false
}

func (s *prefixSet) find(text string) (int, bool) {
	return slices.BinarySearchFunc(s.list, text, func(p prefix, text string) int { return strings.Compare(p.text, text) })
}

func (s *prefixSet) Put(k Key, slot int32) {
	s.own()
	at, found := s.find(k.Text)
	if !found {
		s.list = slices.Insert(s.list, at, prefix{text: k.Text})
	}
	s.list[at].slot = slot
}

func (s *prefixSet) Delete(k Key) {
	if at, found := s.find(k.Text); found {
		s.own()
		s.list = slices.Delete(s.list, at, at+1)
	}
}

func (s *prefixSet) Len() int { return len(s.list) }

func (s *prefixSet) Index(column int) Index {
	if !s.linked {
		for i := range s.list {
			up := int32(i - 1)
			for up >= 0 && !strings.HasPrefix(s.list[i].text, s.list[up].text) {
				up = s.list[up].up
			}
			s.list[i].up = up
		}
		s.linked = true
	}
	s.shared = true
	return &Prefix{column, s.list}
}

// Len implements [Index].
func (x *Prefix) Len() int { return len(x.list) }

// Nulls implements [Index].
func (x *Prefix) Nulls(in *expr.Input, rows []uint64) { addNulls(in, x.column, rows) }

// Eval implements [Index].
func (x *Prefix) Eval(in *expr.Input, rows []uint64, hits *Hits) {
	texts := in.Columns[x.column].Strs
	each(in.Len, rows, func(row int) {
		s := texts[row]
		i := int32(sort.Search(len(x.list), func(i int) bool { return x.list[i].text > s })) - 1
		for i >= 0 && !strings.HasPrefix(s, x.list[i].text) {
			i = x.list[i].up
		}
		for ; i >= 0; i = x.list[i].up {
			hits.Set(x.list[i].slot, row)
		}
	})
}
