package faults

import (
	"regexp"
	"slices"

	"github.com/millrace/millrace/libs/planted"
)

// check is a check that has found something wrong.
type check struct{ name, text string }

// A planted bug counts as caught only if one of the checks says so that can see
// what it does.
const (
	ofFences   = "fences"
	ofChanges  = "change messages"
	ofRows     = "rows against the reference"
	ofLogs     = "row logs"
	ofLiveness = "queries that have to be live or gone"
	ofArrival  = "lines and positions that have to arrive"
	ofSeals    = "seals"
	ofStable   = "last stable offsets"
	ofIDs      = "transactional ids"
	ofProgress = "results that have to move"
	ofWords    = "processes that end"
)

// checkTable tells by its text which check a violation is of.
func checkTable() []struct {
	name string
	text *regexp.Regexp
} {
	is := regexp.MustCompile
	return []struct {
		name string
		text *regexp.Regexp
	}{
		{ofFences, is(`^the fence of merge partition`)},
		{ofChanges, is(`^(changes of|a change of|a change message) `)},
		{ofLogs, is(`^query \S+(, epoch \d+)?: (its row log|its log|\d+ rows of scan|a row stands)`)},
		{ofRows, is(`^query \S+, epoch \d+, from plan position |^query \S+, epoch \d+: |^query \S+: \d+ rows were late|^as_of says`)},
		{ofLiveness, is(`^waited in vain for (every submission|all queries|the queries|presentation)`)},
		{ofArrival, is(`^waited in vain for (all lines|as_of)|have not landed|^seals take partition`)},
		{ofSeals, is(`^partition \d+ (was scanned|offset)|^the plan position went back|^\d+ stretches of tweets|^a seal of slot`)},
		{ofStable, is(`^the last stable offset `)},
		{ofIDs, is(`^a transactional id `)},
		{ofProgress, is(`results do not move`)},
		{ofWords, is(` ended by itself| panicked| was told to end| did not end within`)},
	}
}

// seenBy returns the checks that can see what a planted bug does.
func seenBy(bug string) []string {
	switch planted.Bug(bug) {
	case planted.LowerOffsets:
		return []string{ofFences, ofChanges, ofRows, ofLogs}
	case planted.EpochPerPartition:
		return []string{ofRows, ofLogs, ofLiveness, ofChanges}
	case planted.FenceIgnored:
		return []string{ofFences, ofChanges, ofRows, ofLogs}
	case planted.RepairForgotten:
		return []string{ofRows, ofLogs, ofLiveness}
	case planted.CheckpointAhead:
		return []string{ofRows, ofLogs, ofLiveness, ofChanges, ofArrival}
	case planted.DefinitionsEarly, planted.FoldEarly, planted.ScanEarly, planted.NewestSegment:
		return []string{ofRows, ofLogs, ofLiveness, ofChanges, ofSeals, ofArrival}
	case planted.ChangedOffsets:
		return []string{ofSeals, ofArrival, ofRows, ofWords, ofProgress}
	case planted.RestoreBySilence, planted.RestoreToStable, planted.StraddledRevoke, planted.StaleOwner:
		return []string{ofRows, ofLogs, ofFences, ofChanges, ofArrival, ofWords, ofLiveness, ofProgress}
	case planted.WallClock, planted.ProgressKept:
		return []string{ofRows}
	case planted.DeletesForgotten:
		return []string{ofRows}
	case planted.DropByNobody:
		return []string{ofLiveness, ofRows}
	case planted.RandomIDs:
		return []string{ofIDs, ofStable}
	case planted.SealFirst:
		return []string{ofRows, ofLogs, ofSeals}
	case planted.StreamOutlived, planted.FormerSeals, planted.StreamKept: // where streams are declared and dropped
		return []string{ofRows, ofWords, ofArrival}
	default:
		return nil
	}
}

// catch returns the check that has caught a planted bug, and what it said; nil if
// none has that is there for it.
func catch(bug string, violations []string) *check {
	of := seenBy(bug)
	for _, text := range violations {
		for _, c := range checkTable() {
			if c.text.MatchString(text) {
				if slices.Contains(of, c.name) {
					return &check{c.name, text}
				}
				break
			}
		}
	}
	return nil
}
