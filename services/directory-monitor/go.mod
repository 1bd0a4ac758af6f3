module github.com/millrace/millrace/services/directory-monitor

go 1.26.0

require (
	github.com/millrace/millrace/libs v0.0.0
	github.com/millrace/millrace/schemas v0.0.0
)

require (
	github.com/fsnotify/fsnotify v1.10.1 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/segmentio/encoding v0.5.4 // indirect
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace github.com/millrace/millrace/schemas => ../../schemas

replace github.com/millrace/millrace/libs => ../../libs
