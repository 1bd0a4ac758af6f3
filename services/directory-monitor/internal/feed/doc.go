// Package feed reads files as they come and grow and hands on their documents. Its
// main noun is the [Feed]: it knows which files there are and how far each has
// been taken, reads those that have more, a piece of each in turn, and sends
// [batch.Item]s that carry documents together with the progress that covers them.
//
// It does not talk to Kafka and does not wait for Items to be committed: whoever
// runs it throws it away when a transaction fails, and begins anew from the
// progress that was committed.
//
//	f := feed.New(feed.Config{Folder: folder, Watcher: watcher, Table: table, …})
//	err := f.Run(ctx, items)
package feed
