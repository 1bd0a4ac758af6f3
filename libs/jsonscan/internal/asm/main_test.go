package main

import (
	"bytes"
	"os"
	"testing"
)

// TestCommitted holds that the committed assembly is what is generated.
func TestCommitted(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../index_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("index_amd64.s is not what the generator writes: run go generate in libs/jsonscan")
	}
}
