package scan

import "github.com/millrace/millrace/libs/record"

// split tells the rows of a batch apart by their groups, so that a group is looked
// up once for all of its rows, and an aggregate updated with them at once: a
// counting sort (Knuth, The Art of Computer Programming, volume 3, 5.2, algorithm
// D) by the number of the key. Its memory is used again.
type split struct {
	codes  []int32 // numbers of the keys that the rows have, in the order of their first rows
	counts []int32 // parallel to codes: rows with it; after scatter where they end in rows
	rows   []int32 // after scatter: the rows that have a key, by codes, each key's in their order
	room   int     // bytes that there are for keys

	place []int32 // by number of a key: one more than its place in codes; 0: it is not there
	at    []int32 // by row: its place in codes; noTime: it has no key, or none that is sent
}

// number finds the keys of rows: of those at the beginning, at least one, whose new keys
// there is room for. It returns how many these are, how many of them have no key, and how
// many one that is too large to be sent. Then codes and counts speak of them.
func (s *split) number(t *Partial, r *ring, b *record.Batch, rows []int32) (numbered int, without, large uint64) {
	for _, code := range s.codes {
		s.place[code] = 0
	}
	s.codes, s.counts, s.at = s.codes[:0], s.counts[:0], s.at[:0]
	s.room = t.most - t.bytes
	var none [3]uint64 // by noTime or largeKey, as positive numbers
	for i, row := range rows {
		code := r.rows[row]
		if code <= 0 {
			if code == 0 {
				if s.room <= 0 && i > 0 {
					return i, none[-noTime], none[-largeKey]
				}
				code = s.first(t, r, b, int(row))
			}
			if code < 0 {
				none[-code]++
				s.at = append(s.at, noTime)
				continue
			}
		}
		code--
		if int(code) >= len(s.place) {
			s.place = grow(s.place, len(r.list))
		}
		place := s.place[code]
		if place == 0 {
			s.codes = append(s.codes, code)
			s.counts = append(s.counts, 0)
			place = int32(len(s.codes))
			s.place[code] = place
		}
		s.counts[place-1]++
		s.at = append(s.at, place-1)
	}
	return len(rows), none[-noTime], none[-largeKey]
}

// first finds the key of a row that is not known yet.
func (s *split) first(t *Partial, r *ring, b *record.Batch, row int) (code int32) {
	before := r.bytes
	code = t.number(r, b, row)
	s.room -= 2 * (r.bytes - before) // as newGroup reckons
	return code
}

// scatter sorts the rows that were numbered last by their groups.
func (s *split) scatter(rows []int32) {
	begin := int32(0)
	for i, n := range s.counts {
		s.counts[i] = begin
		begin += n
	}
	if cap(s.rows) < len(rows) {
		s.rows = make([]int32, len(rows))
	}
	s.rows = s.rows[:begin]
	for i, place := range s.at {
		if place == noTime {
			continue
		}
		s.rows[s.counts[place]] = rows[i]
		s.counts[place]++
	}
}
