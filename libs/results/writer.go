package results

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"
)

// maxMessage bounds a published change; a longer one names keys only, or says
// that the result must be read again.
const maxMessage = 64 << 10

// Writer is the fenced writer of one merge partition. Its methods are for one
// goroutine at a time.
//
// Calls are sent one after the other, never pipelined: each must find the n that
// the one before has stored, so a pipeline would turn one refusal into a row of
// fence errors that tell nothing. A call of 500 fields keeps Redis busy for
// longer than the network takes to bring the next, and partitions write in
// parallel.
type Writer struct {
	rdb        redis.UniversalClient
	take       *redis.Script
	apply      *redis.Script
	partition  int32
	partitions int32
	topics     map[string]string
	key        string

	taken bool
	last  Fence // the last acknowledged
	sent  int64 // the greatest n that was ever sent, ≥ last.N
}

// NewWriter returns a writer for one of the merge partitions; it does nothing
// before [Writer.Take]. Topics are the ids of the topics that the results are
// made from, by name ([Writer.Take] compares them with those in Redis).
func NewWriter(rdb redis.UniversalClient, partition, partitions int32, topics map[string]string) *Writer {
	return &Writer{
		rdb:        rdb,
		take:       redis.NewScript(takeScript()),
		apply:      redis.NewScript(applyScript()),
		partition:  partition,
		partitions: partitions,
		topics:     topics,
		key:        FenceKey(partition),
	}
}

// Fence returns what this writer last wrote and had acknowledged: what a
// checkpoint records. It is zero before Take.
func (w *Writer) Fence() Fence { return w.last }

// Read returns the fence as it is in Redis, and whether there is one.
func (w *Writer) Read(ctx context.Context) (Fence, bool, error) {
	vals, err := w.rdb.HMGet(ctx, w.key, fenceFields[:]...).Result()
	if err != nil {
		return Fence{}, false, classify(err)
	}
	return parseFence(vals)
}

// Look compares the fence in Redis with what this writer last wrote: what an
// idle partition does every two seconds. It returns nil, ErrFenced or ErrLost,
// or why Redis cannot be read.
func (w *Writer) Look(ctx context.Context) error {
	f, ok, err := w.Read(ctx)
	switch {
	case err != nil:
		return err
	case !w.taken:
		return fmt.Errorf("%w: the fence was not taken", ErrLost)
	case ok && f.Token > w.last.Token:
		return fmt.Errorf("%w (token %d)", ErrFenced, f.Token)
	case !ok || f.Token < w.last.Token || f.N < w.last.N || f.N > w.sent:
		return fmt.Errorf("%w: fence is (%d, %d), not (%d, %d)", ErrLost, f.Token, f.N, w.last.Token, w.last.N)
	}
	return nil
}

// Take takes the fence over for token, the offset of the claim record. Least is
// what the restored checkpoint recorded (zero for none), or what this writer
// last wrote. It returns the fence as it was before (zero, with Offset -1, if
// there was none) and whether a republish is owed: because Redis holds less than
// least, or an earlier owner owed one and did not finish.
//
// The new owner stays silent until it has folded up to stored.Offset. Take may
// be repeated after any error. It fails with ErrFenced if a higher token is
// there, with ErrIncarnation if the results were made from other topics.
func (w *Writer) Take(ctx context.Context, token int64, least Fence) (stored Fence, repair bool, err error) {
	return w.takeOver(ctx, token, least, false)
}

// TakeLost is Take after ErrLost: a republish is owed in any case.
func (w *Writer) TakeLost(ctx context.Context, token int64) (stored Fence, err error) {
	least := Fence{}
	if w.last.Token == token {
		least = Fence{Token: token, N: w.sent} // n goes on above all that was ever sent
	}
	stored, _, err = w.takeOver(ctx, token, least, true)
	return stored, err
}

func (w *Writer) takeOver(ctx context.Context, token int64, least Fence, lost bool) (Fence, bool, error) {
	var nonce [8]byte
	rand.Read(nonce[:]) // never fails
	flag := 0
	if lost {
		flag = 1
	}
	args := []any{token, least.Token, least.N, flag, hex.EncodeToString(nonce[:]), w.partitions, len(w.topics)}
	for _, name := range sorted(w.topics) {
		args = append(args, name, w.topics[name])
	}
	w.taken = false
	reply, err := run(ctx, w.rdb, w.take, []string{w.key, KeyTopics}, args)
	if err != nil {
		return Fence{}, false, fmt.Errorf("take the fence of merge partition %d: %w", w.partition, err)
	}
	if reply[0] == "TOPIC" && len(reply) == 3 {
		return Fence{}, false, fmt.Errorf("%w: topic %s has id %s, Redis remembers %s; if that is intended, run millrace reset",
			ErrIncarnation, reply[1], w.topics[reply[1]], reply[2])
	}
	if err := failure(reply); err != nil {
		return Fence{}, false, fmt.Errorf("take the fence of merge partition %d: %w", w.partition, err)
	}
	if len(reply) != 6 {
		return Fence{}, false, fmt.Errorf("take the fence of merge partition %d: answer %q", w.partition, reply)
	}
	n, err := strconv.ParseInt(reply[1], 10, 64)
	if err != nil {
		return Fence{}, false, fmt.Errorf("take the fence of merge partition %d: %w", w.partition, err)
	}
	stored := Fence{Offset: -1}
	if reply[2] != "" {
		if stored, _, err = parseFence([]any{reply[2], reply[3], reply[4], reply[5]}); err != nil {
			return Fence{}, false, err
		}
	}
	repair := reply[5] == "1"
	w.taken = true
	w.last = Fence{Token: token, N: n, Offset: stored.Offset, Repair: repair}
	w.sent = n
	return stored, repair, nil
}

// Apply writes operations made by folding up to the exchange offset (-1 before
// the first record), in order, in as many atomic calls as they need. It returns
// the queries that were refused because Redis knows a higher epoch of them: their
// operations were skipped, all others done.
//
// On error some of the calls may have been done. Send all of it again, or later
// changes that include it: operations are whole rows, so repeats are harmless.
// ErrUnavailable and ErrRefused are to be waited out; ErrBehind, ErrLost and
// ErrFenced are not.
func (w *Writer) Apply(ctx context.Context, offset int64, ops []Op) (refused []Refusal, err error) {
	calls, err := pack(strconv.Itoa(int(w.partition)), ops)
	if err != nil {
		return nil, err
	}
	for _, c := range calls {
		numbers, err := w.call(ctx, offset, c)
		if err != nil {
			return refused, fmt.Errorf("merge partition %d: %w", w.partition, err)
		}
		for _, i := range numbers {
			r := Refusal{ID: c.queries[i-1].ID, Epoch: c.queries[i-1].Epoch}
			if !slices.Contains(refused, r) {
				refused = append(refused, r)
			}
		}
	}
	return refused, nil
}

// Refusal names a query, and the epoch of operations on it that were refused.
type Refusal struct {
	ID    string
	Epoch int64
}

// Finish ends a flush: all changes up to the exchange offset have been
// acknowledged. It stores as_of and, if clearRepair is set, that no republish is
// owed any more.
func (w *Writer) Finish(ctx context.Context, offset int64, asOf AsOf, clearRepair bool) error {
	body, err := json.Marshal(asOf)
	if err != nil {
		return fmt.Errorf("as_of of merge partition %d: %w", w.partition, err)
	}
	flag := 0
	if clearRepair {
		flag = 1
	}
	c := &call{kind: kindFree, args: []any{"F", 0, body, flag}}
	if _, err := w.call(ctx, offset, c); err != nil {
		return fmt.Errorf("merge partition %d: %w", w.partition, err)
	}
	if clearRepair {
		w.last.Repair = false
	}
	return nil
}

// call sends one script call and keeps count. Every n from the last acknowledged
// to the greatest sent may be what an unanswered call has stored, so the script
// takes all of these as this writer's own. A call stores an n never sent before:
// finding that very n it was done (go-redis sends a call again when the
// connection breaks), and an older call that is still on its way finds an n
// beyond its own and changes nothing.
func (w *Writer) call(ctx context.Context, offset int64, c *call) ([]int, error) {
	if !w.taken {
		return nil, fmt.Errorf("%w: the fence was not taken", ErrLost)
	}
	next := w.sent + 1
	args := make([]any, 0, 9+4*len(c.queries)+len(c.args))
	args = append(args, w.last.Token, w.last.N, next, offset, w.partition, string(c.kind), time.Now().UnixMilli(), maxMessage, len(c.queries))
	for _, q := range c.queries {
		kept := ""
		if q.Keep {
			kept = strconv.FormatInt(q.Kept, 10)
		}
		args = append(args, q.ID, q.Epoch, q.Seen, kept)
	}
	args = append(args, c.args...)
	w.sent = next
	reply, err := run(ctx, w.rdb, w.apply, []string{w.key}, args)
	if err != nil {
		return nil, err
	}
	if err := failure(reply); err != nil {
		if errors.Is(err, ErrLost) || errors.Is(err, ErrFenced) {
			w.taken = false
		}
		return nil, err
	}
	w.last.N, w.last.Offset = next, max(offset, w.last.Offset)
	var refused []int
	for _, s := range reply[1:] {
		i, err := strconv.Atoi(s)
		if err != nil || i < 1 || i > len(c.queries) {
			return nil, fmt.Errorf("a script of the results answered %q", reply)
		}
		refused = append(refused, i)
	}
	return refused, nil
}
