// Package monitor is the service directory-monitor: it puts the documents of files
// into the topic millrace.tweets, each exactly once. Its main noun is the
// [Config]; [Run] is the service.
//
// It watches one folder with its subfolders, or reads a given list of files to
// their end. Files are JSON lines, JSON documents or an array of them, csv, tsv or
// lines of text, by their names; whatever they are, the topic gets JSON lines.
// Plain files are followed as they grow; an unterminated last line is taken when
// the file has not changed for two seconds. Files packed
// by gzip or zstd (by their name or first bytes) are taken once they have not
// changed for as long, or were renamed into the folder as they are. Hidden files
// and names ending in .tmp, .part or .swp are left out; symbolic links that lead
// out of the folder are refused.
//
// How far each file has been taken is written to millrace.files in the same
// transaction as its documents. A file is known again by its inode and its bytes:
// renamed it is the same file, a copy is another, and one that was truncated or
// rewritten is read anew. Records that are too long, binary or against the rules
// of their format, and the ends of broken files, become dead letters. Whether a
// document is valid JSON is for the scheduler's scan to find out.
//
// One monitor may watch a folder: a second one under the same name takes over.
//
//	err := monitor.Run(ctx, monitor.Config{
//		Watch: "/data/in",
//		Kafka: kafka.Config{Brokers: []string{"127.0.0.1:9092"}},
//	})
package monitor
