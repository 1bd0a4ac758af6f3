package report

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"one folder is wanted":          {},
		"no such file":                  {filepath.Join(t.TempDir(), "none")},
		"has no .jsonl files of ":       {t.TempDir()},
		"flag provided but not defined": {"-doc", "x", t.TempDir()},
	} {
		var stdout, stderr bytes.Buffer
		if code := Main(args, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), want) || stdout.Len() > 0 {
			t.Errorf("%v: exit code %d, %s%s; want 2 and %s", args, code, &stdout, &stderr, want)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := Main([]string{"-h"}, &stdout, &stderr); code != 0 || !strings.Contains(stderr.String(), "bench-report [flags] DIR") {
		t.Errorf("-h: exit code %d, %s", code, &stderr)
	}
}
