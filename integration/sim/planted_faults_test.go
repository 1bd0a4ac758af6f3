//go:build faults

package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/planted"
)

// patience is in how many schedules a planted bug must be found.
const patience = 6000

// place says where a bug is planted. What the simulation replaces by a model has
// the bug in its place there too.
func place(b planted.Bug) string {
	switch b {
	case planted.LowerOffsets:
		return "merge; apply.lua*"
	case planted.EpochPerPartition, planted.FenceIgnored, planted.DeletesForgotten:
		return "apply.lua*"
	case planted.RepairForgotten:
		return "take.lua*"
	case planted.RestoreBySilence, planted.RestoreToStable:
		return "kafka*"
	case planted.RandomIDs:
		return "scheduler*"
	case planted.ChangedOffsets:
		return "scan; kafka*"
	case planted.ProgressKept, planted.SealFirst, planted.ScanEarly, planted.StreamOutlived:
		return "scan"
	default:
		return "merge"
	}
}

// Every bug that can be planted is found.
func TestPlanted(t *testing.T) {
	first := firstSeed()
	table := []string{
		fmt.Sprintf("from seed %d; * : in a model of it too, which is what runs here", first),
		fmt.Sprintf("%-20s %-18s %9s  %s", "bug", "planted in", "schedules", "found as"),
	}
	for _, b := range planted.All() {
		t.Run(string(b), func(t *testing.T) {
			t.Setenv(planted.Variable, string(b))
			done, found := 0, ""
			sweep(t, first, patience, 0, func(out *Outcome) bool {
				if found != "" {
					return false
				}
				done++
				found = out.Violation
				return found == ""
			})
			if found == "" {
				t.Errorf("%d schedules from seed %d have not found it", done, first)
				found = "NOT FOUND"
			}
			found = strings.Join(strings.Fields(found), " ")
			if len(found) > 110 {
				found = found[:110] + "…"
			}
			table = append(table, fmt.Sprintf("%-20s %-18s %9d  %s", b, place(b), done, found))
		})
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

// A bug in a script is found by comparing it with the store of the simulation too.
func TestPlantedInScripts(t *testing.T) {
	const patience = 200
	first := firstSeed()
	bugs := []planted.Bug{planted.LowerOffsets, planted.EpochPerPartition, planted.FenceIgnored, planted.RepairForgotten, planted.DeletesForgotten}
	for _, b := range bugs {
		t.Run(string(b), func(t *testing.T) {
			t.Setenv(planted.Variable, string(b))
			for i := range uint64(patience) {
				if msg := comparedWithScripts(t, first+i, 150); msg != "" {
					line, _, _ := strings.Cut(msg, "\n")
					t.Logf("found after %d sequences from seed %d: %s", i+1, first, line)
					return
				}
			}
			t.Errorf("%d sequences from seed %d have not found it", patience, first)
		})
	}
}
