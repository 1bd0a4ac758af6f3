// Package page looks at the web page as people do: in a browser, over all services
// with an embedded log and result store. What it shows is compared with what the
// result store holds, and pictures of it are kept.
//
// The main noun is the [House], the services with presentation apart, so that it
// can be stopped and started.
//
// The tests need a Chromium, which MILLRACE_CHROMIUM names; without it they are
// skipped. `make page` finds one. With MILLRACE_SCREENSHOTS pictures are put into that
// folder.
//
//	house, err := page.Open(ctx, dir)
//	err = house.Present()
//	… house.URL …
package page
