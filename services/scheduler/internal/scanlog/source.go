package scanlog

import (
	"fmt"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/planted"
)

// Source is the stream that a Log reads. The zero Source is the one of tweets.
type Source struct {
	Stream   string
	Topic    string
	Declared *Declared // nil: it is one that there always is
}

// Declared is what tells a stream that was declared while services run from others of its
// name.
type Declared struct {
	Epoch    int64
	Position int64 // of its record in the registry
	TopicID  string
	From     []int64 // by partition: where it begins
}

// tweets is the stream whose group and transactional ids bear no name.
const tweets = "tweets"

// suffix is what tells the group and the transactional ids of streams apart: a stream
// that is declared anew has others, so that neither fences or follows the other.
func (s *Source) suffix() string {
	switch {
	case s.Declared != nil:
		return fmt.Sprintf("-%s-%d", s.Stream, s.Declared.Epoch)
	case s.Stream != "" && s.Stream != tweets:
		return "-" + s.Stream
	default:
		return ""
	}
}

func (s *Source) topic() string {
	if s.Topic == "" {
		return kafka.TopicTweets
	}
	return s.Topic
}

// Group returns the consumer group of those who scan the stream.
func (s *Source) Group() string {
	if s.Declared != nil {
		return kafka.ScanGroup(s.Stream, s.Declared.Epoch)
	}
	return kafka.GroupScan + s.suffix()
}

// TransactionalID returns the id under which the scan stage of a slot writes what it
// has read of the stream.
func (s *Source) TransactionalID(slot int) string { return TransactionalID(slot) + s.suffix() }

// TransactionalID returns the id under which the scan stage of a slot writes what it has
// read of the tweets.
func TransactionalID(slot int) string {
	return fmt.Sprintf("millrace-scan-%d", slot) + planted.Suffix(planted.RandomIDs)
}
