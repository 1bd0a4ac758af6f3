package scheduler

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// A program is the same in every process of it, and another one with other streams.
func TestProgram(t *testing.T) {
	program := func(doc string) string {
		all, err := catalog.Default()
		if err != nil {
			t.Fatal(err)
		}
		var streams []*catalog.Stream
		for _, s := range all.Streams() {
			changed := *s
			changed.Doc += doc
			streams = append(streams, &changed)
		}
		c, err := catalog.New(streams...)
		if err != nil {
			t.Fatal(err)
		}
		return programOf(c)()
	}
	if a, b := program(""), program(""); len(a) != 16 || a != b {
		t.Errorf("it is %q and %q", a, b)
	}
	if a, b := program(""), program("."); a == b {
		t.Errorf("with other streams it is %q, too", a)
	}
}

// The build id is the one that the go command tells; what is no executable has none.
func TestBuildID(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("build ids are read of ELF files")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	id := buildID(file)
	if len(id) < 40 || strings.Count(string(id), "/") != 3 {
		t.Errorf("it is %q", id)
	}
	if tool, err := exec.LookPath("go"); err == nil {
		if told, err := exec.CommandContext(t.Context(), tool, "tool", "buildid", path).Output(); err != nil || strings.TrimSpace(string(told)) != string(id) {
			t.Errorf("it is %q, and the go command tells %q (%v)", id, told, err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range [][]byte{nil, []byte("#!/bin/sh"), whole[:64], whole[:4096]} {
		if id := buildID(bytes.NewReader(other)); id != nil {
			t.Errorf("the first %d bytes have the id %q", len(other), id)
		}
	}
}
