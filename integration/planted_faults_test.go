//go:build faults

package integration

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/planted"
)

// Bugs that the simulation has in a model of its own are found in the real code by
// tests of it: each fails with the bug, and passes without.
func TestPlantedInRealCode(t *testing.T) {
	for _, c := range []struct {
		bug     planted.Bug
		pkg     string
		test    string
		because string
	}{
		{planted.RestoreBySilence, "services/scheduler/internal/mergelog", "TestCheckpointsAreCommittedOnes", "was not waited for"},
		{planted.RestoreToStable, "services/scheduler/internal/mergelog", "TestCheckpointsAreCommittedOnes", "was not waited for"},
		{planted.RandomIDs, "services/scheduler/internal/mergelog", "TestTheNextMemberOfTheSlotFencesTheOneBefore", "the zombie's commit: true"},
		{planted.RandomIDs, "services/scheduler/internal/scanlog", "TestSlotIsFenced", "the former owner's commit: true"},
		{planted.ChangedOffsets, "libs/exec/scan", "TestWhatIsTooLargeIsCounted", "are committed, the seal says"},
	} {
		t.Run(string(c.bug)+" "+c.test, func(t *testing.T) {
			for _, bug := range []planted.Bug{"", c.bug} {
				cmd := exec.CommandContext(t.Context(), "go", "test", "-tags", "faults", "-count", "1", "-run", "^"+c.test+"$", "./"+c.pkg)
				cmd.Dir = ".."
				cmd.Env = append(os.Environ(), planted.Variable+"="+string(bug))
				out, err := cmd.CombinedOutput()
				switch failed := strings.Contains(string(out), "--- FAIL: "+c.test) && strings.Contains(string(out), c.because); {
				case bug == "" && err != nil:
					t.Fatalf("without the bug: %v\n%s", err, out)
				case bug != "" && !failed:
					t.Errorf("it is not found: %v\n%s", err, out)
				case bug != "":
					t.Logf("found as %q", c.because)
				}
			}
		})
	}
}
