// Package replay copies recorded posts into a folder at the pace at which they
// were posted, or a multiple of it, so that what watches the folder sees a live
// stream.
//
// Each input becomes a growing plain file of the same lines in the same order;
// a line appears when its created_at is due. Lines are copied as they are, the
// unreadable ones too: without a time of their own they go with the line before
// them.
//
//	err := replay.Run(ctx, replay.Config{Files: []string{"posts.ndjson.gz"}, To: "incoming", Speed: 60})
package replay
