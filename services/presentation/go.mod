module github.com/millrace/millrace/services/presentation

go 1.26.0

require (
	github.com/millrace/millrace/libs v0.0.0
	github.com/millrace/millrace/schemas v0.0.0
)

require (
	github.com/prometheus/client_golang v1.25.0 // indirect
	github.com/segmentio/encoding v0.5.4 // indirect
	go.uber.org/goleak v1.3.0 // indirect
)

replace github.com/millrace/millrace/schemas => ../../schemas

replace github.com/millrace/millrace/libs => ../../libs
