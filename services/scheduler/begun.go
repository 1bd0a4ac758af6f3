package scheduler

// member is what a stage's log tells of its consumer group.
type member interface {
	// Given returns how many partitions the group has given this member, and false
	// while it has given nothing yet.
	Given() (partitions int, joined bool)
}

// begun returns what a stage is to tell how many partitions it holds: once it has
// begun with all that its group has given it, be that none, the condition of its
// name holds. It holds from then on: whoever looks wants to know whether this
// scheduler has come up, and a rebalance is no reason to take it out of service.
func (s *service) begun(stage string, m member) func(partitions int) {
	told := false
	return func(partitions int) {
		if told {
			return
		}
		if given, joined := m.Given(); joined && partitions >= given {
			told = true
			s.Ready.Report(stage, nil)
		}
	}
}
