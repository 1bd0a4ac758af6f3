module github.com/millrace/millrace/services/query-parser

go 1.26.0

require (
	github.com/millrace/millrace/libs v0.0.0
	github.com/millrace/millrace/schemas v0.0.0
)

require (
	github.com/cockroachdb/datadriven v1.0.3 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	github.com/segmentio/encoding v0.5.4 // indirect
	go.uber.org/goleak v1.3.0 // indirect
)

replace github.com/millrace/millrace/schemas => ../../schemas

replace github.com/millrace/millrace/libs => ../../libs
