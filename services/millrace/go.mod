module github.com/millrace/millrace/services/millrace

go 1.26.0

require (
	github.com/millrace/millrace/libs v0.0.0
	github.com/millrace/millrace/schemas v0.0.0
	github.com/millrace/millrace/services/directory-monitor v0.0.0
	github.com/millrace/millrace/services/presentation v0.0.0
	github.com/millrace/millrace/services/query-parser v0.0.0
	github.com/millrace/millrace/services/scheduler v0.0.0
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/prometheus/client_golang v1.25.0 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/schollz/progressbar/v3 v3.19.1 // indirect
	github.com/segmentio/encoding v0.5.4 // indirect
	github.com/spf13/cobra v1.10.2 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0 // indirect
)

replace github.com/millrace/millrace/schemas => ../../schemas

replace github.com/millrace/millrace/libs => ../../libs

replace github.com/millrace/millrace/services/directory-monitor => ../../services/directory-monitor

replace github.com/millrace/millrace/services/query-parser => ../../services/query-parser

replace github.com/millrace/millrace/services/scheduler => ../../services/scheduler

replace github.com/millrace/millrace/services/presentation => ../../services/presentation
