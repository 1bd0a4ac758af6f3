package jsonscan

// step is a name of which the ending was met in an object, wanted or not. Most
// documents have the same fields in the same order, so that what came next the
// last time is told by one comparison of the 8 bytes before a closing quote.
type step struct {
	mask, text uint64 // those 8 bytes, with the opening quote where there is one
	entry      *entry // the first wanted name with this ending, nil: none
	next       *step  // what came next
	chain      *step  // another with the same hash
}

// maxSteps is how many different endings are remembered in one place. What
// comes after that is looked up each time.
const (
	maxSteps = 256
	stepBits = 8
)

// steps are all that are remembered of one kind of object.
type steps struct {
	start step // its next is the first name
	spare step // is used again and again when there are too many
	count int
	table [1 << stepBits]*step
}

// after returns the step for the 8 bytes before a closing quote, when it is not
// the one that followed from the last time; from now on it is.
func (n *node) after(from *step, last uint64) *step {
	e := endingOf(last)
	t := n.steps
	slot := &t.table[e.hash()>>(64-stepBits)]
	for s := *slot; s != nil; s = s.chain {
		if last&s.mask == s.text {
			from.next = s
			return s
		}
	}
	s := &t.spare
	if t.count < maxSteps {
		s = &step{chain: *slot}
		*slot = s
		t.count++
	}
	s.mask = ^uint64(0)
	if e.width < 64 {
		s.mask <<= 56 - e.width
	}
	s.text, s.entry = last&s.mask, n.endings.find(e)
	from.next = s
	return s
}
