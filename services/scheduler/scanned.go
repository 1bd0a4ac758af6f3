package scheduler

// scanned is what the scans of all streams have done together.
type scanned struct {
	documents, bytes, deadLetters, lost int64

	aborts map[string]int64 // by reason

	count   uint64
	sum     float64
	buckets map[float64]uint64
}

// scannedSoFar adds up the metrics of the scans.
func (s *service) scannedSoFar() *scanned {
	t := &scanned{aborts: map[string]int64{}, buckets: map[float64]uint64{}}
	for _, sc := range s.scans {
		m := sc.metrics
		t.documents += m.Documents.Load()
		t.bytes += m.Bytes.Load()
		t.deadLetters += m.DeadLetters.Load()
		t.lost += m.Lost.Load()
		for reason, n := range m.Aborts.Read() {
			t.aborts[reason] += n
		}
		count, sum, buckets := m.Commits.Read()
		t.count, t.sum = t.count+count, t.sum+sum
		for bound, n := range buckets {
			t.buckets[bound] += n
		}
	}
	return t
}

// commits is the histogram of how long committed transactions took.
func (t *scanned) commits() (count uint64, sum float64, buckets map[float64]uint64) {
	return t.count, t.sum, t.buckets
}
