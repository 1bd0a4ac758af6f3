package scan

import "testing"

// What is excepted takes no time.
func TestWhatIsNotTimed(t *testing.T) {
	now := int64(0)
	s := NewSampler(func() int64 { return now })
	s.mark()
	now += 5
	s.except(func() { now += 1000 })
	now += 7
	if got := s.lap(); got != 12 {
		t.Errorf("%d ns, want 12", got)
	}
}
