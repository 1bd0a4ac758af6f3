// Package containers tests Millrace as a stranger meets it: the images that
// `make images` builds, by themselves with testcontainers-go and as
// docker-compose.yml brings them up, over a Kafka and a Redis in containers.
//
// Everything is in test files. A [stack] is a running docker-compose.yml: up
// brings one up beside whatever else runs, on ports of its own, and gives the
// addresses; the test of the page in a browser begins there. What the tests need
// to know of rows comes from package reference.
//
// `make containers` runs them. Where no Docker engine answers, or images are
// missing, they are skipped and say why; with CI=true that is a failure.
package containers
