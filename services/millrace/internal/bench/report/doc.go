// Package report makes the tables and charts of docs/performance.md from what
// `millrace bench scan` measured. [Read] takes a folder with a file for each part:
// NAME.jsonl has the lines, and profile-N.prof, beside profile-N.jsonl, a processor
// profile with N queries.
// [Results.Charts] draws, and [Results.Fill] puts tables into a document, between
//
//	<!-- bench:NAME -->
//	<!-- /bench:NAME -->
//
// A table whose part is not there stays as it is. Nothing is measured here.
package report
