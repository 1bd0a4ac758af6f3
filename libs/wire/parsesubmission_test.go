package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/wire"
)

// TestParseSubmission holds what submissions are read as, and what is said
// about bad ones.
func TestParseSubmission(t *testing.T) {
	datadriven.RunTest(t, "testdata/submissions", func(t *testing.T, d *datadriven.TestData) string {
		var out strings.Builder
		for line := range strings.Lines(d.Input) {
			value := []byte(strings.TrimSuffix(line, "\n"))
			if d.HasArg("whole") {
				value = []byte(d.Input)
			}
			s, err := wire.ParseSubmission(value)
			switch {
			case err != nil:
				var told *wire.SubmissionError
				if !errors.As(err, &told) || !errors.Is(err, wire.ErrInvalid) {
					d.Fatalf(t, "%v is of type %T", err, err)
				}
				fmt.Fprintln(&out, err)
			case s.Kind == wire.SubmitLegacy:
				fmt.Fprintf(&out, "legacy %s\n", s.Legacy)
			case s.Kind == wire.SubmitFail:
				fmt.Fprintf(&out, "fail %+v\n", s.Fail)
			default:
				fmt.Fprintf(&out, "sql %q owner=%q labels=%v options=%+v\n", s.SQL, s.Owner, s.Labels, s.Options)
			}
			if d.HasArg("whole") {
				break
			}
		}
		return out.String()
	})
	if s, err := wire.ParseSubmission(nil); err != nil || s.Kind != wire.SubmitDrop {
		t.Errorf("null: %+v, %v", s, err)
	}
	if _, err := wire.ParseSubmission([]byte("SELECT '\xff'")); !errors.Is(err, wire.ErrInvalid) {
		t.Errorf("not UTF-8: %v", err)
	}
}

// FuzzParseSubmission checks the same of submissions.
func FuzzParseSubmission(f *testing.F) {
	_, examples := compile(f, "submission")
	for _, e := range examples {
		f.Add([]byte(e))
	}
	f.Add([]byte("SELECT 1"))
	schema, _ := compile(f, "submission")
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := wire.ParseSubmission(b)
		if err != nil || s.Kind == wire.SubmitDrop {
			return
		}
		out, err := s.Marshal()
		if err != nil {
			t.Fatalf("%q is read as %+v, but not written: %v", b, s, err)
		}
		if s.Kind != wire.SubmitLegacy { // which query-parser judges
			validate(t, schema, out)
		}
	})
}
