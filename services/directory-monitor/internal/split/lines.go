package split

import "bytes"

// Lines is the form of which every line is a record. A record's bytes are the
// line without its line feed.
func Lines() Splitter { return lines{} }

type lines struct{}

func (lines) start(int64, int) {}
func (lines) held() int        { return 0 }

func (lines) scan(b []byte, seen int, _ int64, found *step) {
	i := bytes.IndexByte(b[seen:], '\n')
	if i < 0 {
		found.kind = more
		return
	}
	found.kind, found.n, found.text, found.feeds, found.note = record, seen+i+1, seen+i, 1, nil
}

func (lines) last(b []byte, moved int64) step {
	if len(b) == 0 && moved == 0 {
		return step{}
	}
	return step{kind: record, n: len(b), text: len(b), note: &note{open: true}}
}
