package delta

import (
	"fmt"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/record"
)

// Seal is the last record of a scan's transaction in every exchange partition.
type Seal struct {
	Version  int   `json:"version"`
	Plan     int64 `json:"plan"`     // the plan position of the transaction
	Wall     int64 `json:"wall"`     // the scan's wall clock, milliseconds since 1970
	Slot     int32 `json:"slot"`     // who wrote it, for diagnosis
	Sequence int64 `json:"sequence"` // of this writer's transactions, for diagnosis

	Topics map[string]string `json:"topics"` // name → id of every topic that it speaks about
	Parts  []SealPart        `json:"parts"`
}

// SealPart says how far a transaction took one scan partition: it consumed the
// positions From ≤ p < To.
type SealPart struct {
	Topic     string
	Partition int32
	From, To  int64
	Newest    int64 // greatest event time seen so far, microseconds; record.NoEventTime before the first
	Idle      bool  // nothing came for a while
	End       bool  // the end of a bounded input has been read
	Documents int64 // read between From and To, those that are not JSON too
	Appended  int64 // greatest append time of their records, milliseconds since 1970; 0 without documents

	// Since tells streams apart that were declared one after the other over the topic: it
	// is the position of the first definitions that have it, 0 of those that there
	// always are.
	Since int64

	Gap     bool  // the positions GapFrom ≤ p < From were lost, and known to be
	GapFrom int64 // only with Gap
}

// part is a SealPart's JSON: newest is absent before the first event time, and
// gap_from where there is no gap.
type part struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Newest    *int64 `json:"newest,omitempty"`
	Idle      bool   `json:"idle,omitempty"`
	End       bool   `json:"end,omitempty"`
	Documents int64  `json:"documents,omitempty"`
	Appended  int64  `json:"appended,omitempty"`
	Since     int64  `json:"since,omitempty"`
	GapFrom   *int64 `json:"gap_from,omitempty"`
}

// MarshalJSON writes the part as part of a seal.
func (p SealPart) MarshalJSON() ([]byte, error) {
	w := part{
		Topic: p.Topic, Partition: p.Partition, From: p.From, To: p.To, Idle: p.Idle, End: p.End,
		Documents: p.Documents, Appended: p.Appended, Since: p.Since,
	}
	if p.Newest != record.NoEventTime {
		w.Newest = &p.Newest
	}
	if p.Gap {
		w.GapFrom = &p.GapFrom
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *SealPart) UnmarshalJSON(b []byte) error {
	var w part
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*p = SealPart{
		Topic: w.Topic, Partition: w.Partition, From: w.From, To: w.To,
		Newest: record.NoEventTime, Idle: w.Idle, End: w.End,
		Documents: w.Documents, Appended: w.Appended, Since: w.Since,
	}
	if w.Newest != nil {
		p.Newest = *w.Newest
	}
	if w.GapFrom != nil {
		p.Gap, p.GapFrom = true, *w.GapFrom
	}
	return nil
}

// EncodeSeal writes s as JSON, with the present version. A seal that
// [DecodeSeal] would refuse is an error.
func EncodeSeal(s *Seal) ([]byte, error) {
	v := *s
	v.Version = version
	v.fill()
	if err := v.check(); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// DecodeSeal reads a seal. Fields that are not known are ignored; everything
// else that is not what [EncodeSeal] writes is an error.
func DecodeSeal(b []byte) (*Seal, error) {
	s := new(Seal)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("%w: seal: %w", ErrMalformed, err)
	}
	s.fill()
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// fill makes what is absent empty.
func (s *Seal) fill() {
	if s.Topics == nil {
		s.Topics = map[string]string{}
	}
	if s.Parts == nil {
		s.Parts = []SealPart{}
	}
}

func (s *Seal) check() error {
	if s.Version != version {
		return fmt.Errorf("%w: seal version %d is not %d", ErrMalformed, s.Version, version)
	}
	type place struct {
		topic     string
		partition int32
	}
	seen := make(map[place]bool, len(s.Parts))
	for _, p := range s.Parts {
		at := place{p.Topic, p.Partition}
		switch {
		case p.Topic == "" || p.Partition < 0:
			return fmt.Errorf("%w: seal without a topic and partition", ErrMalformed)
		case seen[at]:
			return fmt.Errorf("%w: seal names %s-%d twice", ErrMalformed, p.Topic, p.Partition)
		case p.From < 0 || p.To < p.From:
			return fmt.Errorf("%w: seal of %s-%d goes from %d to %d", ErrMalformed, p.Topic, p.Partition, p.From, p.To)
		case p.Documents < 0 || p.Appended < 0 || p.Since < 0:
			return fmt.Errorf("%w: seal of %s-%d has %d documents, appended at %d, of a stream since %d", ErrMalformed, p.Topic, p.Partition, p.Documents, p.Appended, p.Since)
		case p.Gap && (p.GapFrom < 0 || p.GapFrom >= p.From):
			return fmt.Errorf("%w: seal of %s-%d has a gap from %d to %d", ErrMalformed, p.Topic, p.Partition, p.GapFrom, p.From)
		}
		if _, ok := s.Topics[p.Topic]; !ok {
			return fmt.Errorf("%w: seal without the id of topic %s", ErrMalformed, p.Topic)
		}
		seen[at] = true
	}
	return nil
}
