package scan

import "context"

// Step is one round of Run, for tests that look in between.
func (s *Stage) Step(ctx context.Context) error { return s.step(ctx) }
