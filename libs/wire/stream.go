package wire

import (
	"strings"
	"time"
)

// Stream is a stream that was declared by CREATE STREAM: the value of the record of
// millrace.registry whose key is [StreamKey] of its name. A null value means that the
// stream was dropped; its header [HeaderEpoch] says under which epoch. A record in the
// place of another one declares another stream, even of the same statement.
type Stream struct {
	Version    int       `json:"version"`
	Name       string    `json:"name"`
	Epoch      int64     `json:"epoch"` // the offset of the submission in millrace.queries
	SQL        string    `json:"sql"`   // the CREATE STREAM, as submitted
	Topic      string    `json:"topic"`
	TopicID    string    `json:"topic_id"` // Kafka's UUID: a topic that was made anew is another one
	Partitions int32     `json:"partitions"`
	From       []int64   `json:"from"` // where each partition ended when the stream was declared: it begins there
	Owner      string    `json:"owner,omitempty"`
	Submitted  time.Time `json:"submitted"`
}

// Marshal returns the message as JSON, with the present version.
func (s *Stream) Marshal() ([]byte, error) {
	v := *s
	v.Version = Version
	if err := v.check(); err != nil {
		return nil, err
	}
	return marshal(&v)
}

// Unmarshal reads what Marshal writes. Times are in UTC.
func (s *Stream) Unmarshal(b []byte) error {
	var v Stream
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	v.Submitted = v.Submitted.UTC()
	*s = v
	return nil
}

// maxPartitions bounds the partitions of a topic: what is above is a mistake.
const maxPartitions = 100_000

func (s *Stream) check() error {
	if err := checkDeclaration("stream", s.Version, s.Name, s.Epoch, s.SQL, s.Owner, s.Submitted); err != nil {
		return err
	}
	switch {
	case s.Topic == "":
		return invalidf("record of stream %s without a topic", s.Name)
	case !validTopicID(s.TopicID):
		return invalidf("record of stream %s with the topic id %.40q", s.Name, s.TopicID)
	case s.Partitions < 1 || s.Partitions > maxPartitions || len(s.From) != int(s.Partitions):
		return invalidf("record of stream %s with %d partitions, which begin at %d offsets", s.Name, s.Partitions, len(s.From))
	}
	for p, from := range s.From {
		if from < 0 {
			return invalidf("record of stream %s, which begins at %d in partition %d", s.Name, from, p)
		}
	}
	return nil
}

// validTopicID reports whether text is a UUID as Kafka prints it: 22 of A-Z a-z 0-9 _ -.
func validTopicID(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	return len(text) == 22 && strings.Trim(text, letters) == ""
}

const streamPrefix = "s/"

// StreamKey returns the key of a stream's records in millrace.registry.
func StreamKey(name string) []byte { return []byte(streamPrefix + name) }

// ParseStreamKey returns the name of the stream that a record of millrace.registry is
// about; ok is false where it is about no stream.
func ParseStreamKey(key []byte) (name string, ok bool) { return parseKey(key, streamPrefix, ValidName) }
