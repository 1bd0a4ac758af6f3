package queryparser

import (
	"context"
	"time"

	"github.com/millrace/millrace/libs/kafka"
)

// seedTime bounds how long a transaction waits for the offsets of one new group: it has
// to end before it times out, and these are nothing that it needs.
const seedTime = 2 * time.Second

// seed makes the groups that will scan the streams declared in the open transaction begin
// where the streams do. That they are committed with the declarations, or not at all, is
// what makes it right: no scheduler hears of a stream before its group has its offsets
// (an open commit is waited for), and none has moved them when they come. Where it cannot
// be done, schedulers find out by themselves where to begin, by reading all that the
// exchange and the checkpoints hold.
func (s *stage) seed(ctx context.Context) {
	for _, st := range s.admitter.Streams() {
		one, cancel := context.WithTimeout(ctx, seedTime)
		err := s.group.Seed(one, kafka.ScanGroup(st.Name, st.Epoch), st.Topic, st.TopicID, st.From)
		cancel()
		if err != nil {
			s.cfg.Log.Warn("a new stream's group was not told where to begin; schedulers look it up, which takes longer",
				"stream", st.Name, "epoch", st.Epoch, "error", err)
			return // what one waited for in vain the next ones would, too
		}
	}
}
