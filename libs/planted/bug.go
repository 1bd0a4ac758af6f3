package planted

// Variable names the environment variable that says which bug is planted.
const Variable = "MILLRACE_PLANTED"

// Bug is a bug that can be planted. The zero Bug is none.
type Bug string

// The bugs, by the rule that each breaks.
const (
	// LowerOffsets: a new owner is not silent until it has reached what an
	// earlier one has written, and the result store takes offsets below its own.
	LowerOffsets Bug = "lower-offsets"
	// EpochPerPartition: the result store keeps a query's epoch per merge
	// partition instead of once.
	EpochPerPartition Bug = "epoch-per-partition"
	// FenceIgnored: the result store does not compare (token, n).
	FenceIgnored Bug = "fence-ignored"
	// RepairForgotten: that a republish is owed is not stored, so that it is
	// forgotten when the one who owes it dies.
	RepairForgotten Bug = "repair-forgotten"
	// CheckpointAhead: a checkpoint does not wait for the result store.
	CheckpointAhead Bug = "checkpoint-ahead"
	// DefinitionsEarly: a restore applies the definitions that it has, before
	// its registry reader has reached the position that the checkpoint recorded.
	DefinitionsEarly Bug = "definitions-early"
	// FoldEarly: merge folds a block before its registry reader has reached the
	// block's plan position.
	FoldEarly Bug = "fold-early"
	// ScanEarly: scan begins an assignment without reading the registry to its end.
	ScanEarly Bug = "scan-early"
	// NewestSegment: deltas go to a node's newest segment, not to that of their
	// plan position.
	NewestSegment Bug = "newest-segment"
	// ChangedOffsets: a scan commits the offsets of partitions that moved only.
	ChangedOffsets Bug = "changed-offsets"
	// RestoreBySilence: a restore takes silence for the end of the checkpoints.
	RestoreBySilence Bug = "restore-by-silence"
	// RestoreToStable: a restore reads the checkpoints up to the last stable
	// offset instead of the high watermark.
	RestoreToStable Bug = "restore-to-stable"
	// StraddledRevoke: state that was restored while the partition was taken
	// away is kept for the next assignment.
	StraddledRevoke Bug = "straddled-revoke"
	// StaleOwner: a checkpoint may be made of a partition that the assignment just
	// begun has given to another.
	StaleOwner Bug = "stale-owner"
	// WallClock: merge lets time pass by its own clock, not by that of the seals.
	WallClock Bug = "wall-clock"
	// ProgressKept: scan keeps event-time progress across an abort.
	ProgressKept Bug = "progress-kept"
	// DeletesForgotten: rows that left a result are not deleted from the store.
	DeletesForgotten Bug = "deletes-forgotten"
	// DropByNobody: no merge partition feels responsible for a drop.
	DropByNobody Bug = "drop-by-nobody"
	// RandomIDs: transactional ids are random, not those of a slot.
	RandomIDs Bug = "random-ids"
	// SealFirst: a seal is written before the blocks of its transaction.
	SealFirst Bug = "seal-first"
	// StreamOutlived: the scan of a stream that was dropped, or declared again, goes on
	// under plans that do not have it.
	StreamOutlived Bug = "stream-outlived"
	// FormerSeals: what seals say of a topic counts for its stream also where they were
	// made before it was declared.
	FormerSeals Bug = "former-seals"
	// StreamKept: windows over a stream that was dropped are kept for the next one of
	// its name.
	StreamKept Bug = "stream-kept"
)

// All returns every bug of the protocol; [Answers] has the others.
func All() []Bug {
	return []Bug{
		LowerOffsets, EpochPerPartition, FenceIgnored, RepairForgotten, CheckpointAhead, DefinitionsEarly, FoldEarly,
		ScanEarly, NewestSegment, ChangedOffsets, RestoreBySilence, RestoreToStable, StraddledRevoke, StaleOwner, WallClock,
		ProgressKept, DeletesForgotten, DropByNobody, RandomIDs, SealFirst, StreamOutlived,
		FormerSeals, StreamKept,
	}
}
