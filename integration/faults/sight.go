package faults

import (
	"bytes"
	"encoding/binary"
)

// moment is a step of a protocol that can be seen on a link: what a service asks
// of a server.
type moment string

const (
	producing  moment = "middle of a transaction"
	commit     moment = "end of a transaction"
	checkpoint moment = "end of a transaction of merge" // a checkpoint, or the claim of a partition
	joining    moment = "join of a group"
	syncing    moment = "assignment of a group"
	writing    moment = "write of results"
	taking     moment = "takeover of a fence"
	activating moment = "activation of a query" // seen in its status, not on a link
)

// of tells what is open at such a moment; "" for nothing for sure. A restore takes
// fences, and so does who finds that Redis has lost data: the log tells. A member
// joins before there is a rebalance: the broker tells.
func (m moment) of() kind {
	switch m {
	case producing, commit, checkpoint:
		return transaction
	case syncing:
		return rebalance
	case writing:
		return flush
	default:
		return ""
	}
}

// sightHead is how much of a request is looked at.
const sightHead = 512

// sight finds the moments in what a service sends over one connection.
type sight struct {
	redis bool
	head  []byte // of the request that has begun: its size, and what follows
	left  int    // bytes of it that are still to come
	told  bool   // it was looked at
}

// look takes the next bytes and returns the moments that begin in them.
func (s *sight) look(b []byte) (seen []moment) {
	if s.redis {
		return lookRedis(b)
	}
	for len(b) > 0 {
		if s.left == 0 {
			n := min(4-len(s.head), len(b))
			if s.head, b = append(s.head, b[:n]...), b[n:]; len(s.head) == 4 {
				s.left = int(binary.BigEndian.Uint32(s.head))
			}
			continue
		}
		n := min(s.left, len(b))
		s.head = append(s.head, b[:min(n, sightHead-len(s.head))]...)
		s.left, b = s.left-n, b[n:]
		if !s.told && (s.left == 0 || len(s.head) == sightHead) {
			s.told = true
			if m := lookKafka(s.head[4:]); m != "" {
				seen = append(seen, m)
			}
		}
		if s.left == 0 {
			s.head, s.told = s.head[:0], false
		}
	}
	return seen
}

// Keys of Kafka's requests.
const (
	apiProduce   = 0
	apiJoinGroup = 11
	apiSyncGroup = 14
	apiEndTxn    = 26
)

// lookKafka looks at a request: its key, version, number and the client's name,
// and then what it is about.
func lookKafka(b []byte) moment {
	if len(b) < 10 {
		return ""
	}
	body := b[10+min(len(b)-10, int(max(0, int16(binary.BigEndian.Uint16(b[8:]))))):]
	switch binary.BigEndian.Uint16(b) {
	case apiProduce: // of a transaction, it begins with its id
		if bytes.Contains(body[:min(len(body), 64)], []byte("millrace-")) {
			return producing
		}
		return ""
	case apiJoinGroup:
		return joining
	case apiSyncGroup:
		return syncing
	case apiEndTxn:
		if bytes.Contains(body, []byte("millrace-merge-")) {
			return checkpoint
		}
		return commit
	default:
		return ""
	}
}

// lookRedis looks at what was sent to Redis in one piece. The scripts that write
// results have the fence of a merge partition as their first key; the one that
// takes a fence over has the topics as its second.
func lookRedis(b []byte) (seen []moment) {
	for {
		i := bytes.Index(b, []byte("evalsha"))
		if i < 0 {
			return seen
		}
		b = b[i+len("evalsha"):]
		keys := b[:min(len(b), 160)]
		switch {
		case !bytes.Contains(keys, []byte("millrace:merge:")):
		case bytes.Contains(keys, []byte("millrace:topics")):
			seen = append(seen, taking)
		default:
			seen = append(seen, writing)
		}
	}
}
