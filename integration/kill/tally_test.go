package kill

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
)

// tally counts the numbered lines of files that arrive in the tweets topic. What
// a line says follows from its file and number, so that nothing has to be kept.
type tally struct {
	mu    sync.Mutex
	files map[string]*counted
	lines int64 // counted
	wrong []string
	want  []byte
}

// counted is a file, or what stood in one before it was rewritten.
type counted struct {
	size   int     // bytes of a line, about
	copies uint8   // how often each line has to come
	counts []uint8 // per line
	full   int     // lines that have come as often as they have to
}

// vocabulary is what lines are made of: text that packs about as well as tweets.
const vocabulary = "the sun also rises over a quiet harbour while seventeen ships wait for wind and nobody counts them twice " +
	"because every captain knows his own lantern by heart 東京 の 夜 は 静か です とても きれい вечер над городом опускается медленно " +
	"http://example.org/a1b2c3 #harbour #lantern @keeper 1024 2048 4096 breaking news tonight never again always forever thanks"

// appendLine appends line n of a file, with its line break.
func appendLine(dst []byte, words [][]byte, file string, n, size int) []byte {
	from := len(dst)
	dst = append(dst, `{"n":`...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	dst = append(append(append(dst, `,"file":"`...), file...), `","text":"`...)
	r := rand.NewPCG(uint64(n), uint64(len(file)))
	for len(dst)-from < size {
		for x, i := r.Uint64(), 0; i < 8; i++ {
			dst = append(append(dst, words[int(x&0xff)%len(words)]...), ' ')
			x >>= 8
		}
	}
	return append(dst, "\"}\n"...)
}

func words() [][]byte { return bytes.Fields([]byte(vocabulary)) }

// expect makes a file of n lines of about size bytes known.
func (y *tally) expect(file string, n, size int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.files == nil {
		y.files = map[string]*counted{}
	}
	y.files[file] = &counted{size: size, copies: 1, counts: make([]uint8, n)}
}

// again says that the file's lines have to come once more.
func (y *tally) again(file string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	c := y.files[file]
	c.copies++
	c.full = 0
	for _, n := range c.counts {
		if n >= c.copies {
			c.full++
		}
	}
}

// has tells whether the file's first n lines, or all if n is -1, have come.
func (y *tally) has(file string, n int) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	c := y.files[file]
	if n < 0 {
		return c.full == len(c.counts)
	}
	for _, k := range c.counts[:n] {
		if k < c.copies {
			return false
		}
	}
	return true
}

// seen returns how many lines have been counted.
func (y *tally) seen() int64 {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.lines
}

// follow counts what arrives until ctx ends.
func (y *tally) follow(ctx context.Context, cfg kafka.Config) error {
	from := map[int32]int64{}
	for p := range layout().Partitions {
		from[p] = 0
	}
	f := ledger.Follower{Config: cfg}
	w := words()
	return f.Follow(ctx, kafka.TopicTweets, from, func(r *kafka.Record) error {
		for line := range bytes.Lines(r.Value) {
			y.count(w, bytes.TrimSuffix(line, []byte("\n")))
		}
		return nil
	})
}

func (y *tally) count(words [][]byte, line []byte) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.lines++
	var n int
	var file string
	number, rest, ok := bytes.Cut(bytes.TrimPrefix(line, []byte(`{"n":`)), []byte(`,"file":"`))
	if ok {
		n, _ = strconv.Atoi(string(number))
		name, _, _ := bytes.Cut(rest, []byte(`"`))
		file = string(name)
	}
	c := y.files[file]
	if c == nil || n < 0 || n >= len(c.counts) {
		y.complain("a line that nobody wrote: %.200q", line)
		return
	}
	y.want = appendLine(y.want[:0], words, file, n, c.size)
	if !bytes.Equal(y.want[:len(y.want)-1], line) {
		y.complain("line %d of %s is not what was written: %.200q", n, file, line)
	}
	c.counts[n]++
	switch {
	case c.counts[n] == c.copies:
		c.full++
	case c.counts[n] > c.copies:
		y.complain("line %d of %s came %d times, not %d", n, file, c.counts[n], c.copies)
	}
}

func (y *tally) complain(format string, args ...any) {
	if len(y.wrong) < 20 {
		y.wrong = append(y.wrong, fmt.Sprintf(format, args...))
	}
}

// missing tells of every file whose lines have not all come as often as they
// have to.
func (y *tally) missing() (out []string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for name, c := range y.files {
		if c.full != len(c.counts) {
			out = append(out, fmt.Sprintf("%s: %d of %d lines have come %d times", name, c.full, len(c.counts), c.copies))
		}
	}
	return out
}
