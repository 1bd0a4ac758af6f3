package wire

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/segmentio/encoding/json"
)

// SubmissionError says why a submission cannot be read, to whoever sent it. It
// is an [ErrInvalid].
type SubmissionError struct {
	Line, Column int // in the value, from 1; 0: the place is not known
	Msg          string

	Field string   // a field that is not known there; "": that is not what is wrong
	Known []string // the fields that are
}

// Error returns the message, after "line:column: " where the place is known.
func (e *SubmissionError) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg)
}

// Is reports whether target is ErrInvalid.
func (e *SubmissionError) Is(target error) bool { return target == ErrInvalid }

func refuse(format string, args ...any) error {
	return &SubmissionError{Msg: fmt.Sprintf(format, args...)}
}

// ParseSubmission reads the value of a record of millrace.queries; nil is a
// drop. A value whose first byte other than blanks is { is JSON, any other is
// SQL text. Unknown fields are errors. Errors are of type [*SubmissionError].
func ParseSubmission(value []byte) (Submission, error) {
	if value == nil {
		return Submission{Kind: SubmitDrop}, nil
	}
	if !utf8.Valid(value) {
		return Submission{}, refuse("the submission is not UTF-8 text")
	}
	text := bytes.Trim(value, " \t\r\n")
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return Submission{}, refuse("the submission is empty: expected SQL or JSON, or a null value to drop the query")
	case text[0] != '{':
		return Submission{Kind: SubmitSQL, SQL: string(value)}, nil
	}
	if err := checkSyntax(value); err != nil {
		return Submission{}, err
	}
	fields, _ := object(text)
	var s Submission
	err := unique("the submission", text)
	switch {
	case err != nil:
	case fields["sql"] != nil:
		s, err = parseJSONSubmission(fields)
	case fields["fail"] != nil:
		s, err = parseFail(fields)
	case fields["select"] != nil:
		return Submission{Kind: SubmitLegacy, Legacy: bytes.Clone(text)}, nil
	default:
		err = noQuery(fields)
	}
	if err == nil {
		err = s.check()
	}
	var told *SubmissionError
	if err != nil && !errors.As(err, &told) {
		err = refuse("%v", err)
	}
	if err != nil {
		return Submission{}, err
	}
	return s, nil
}

// checkSyntax finds the place of a mistake in JSON.
func checkSyntax(value []byte) error {
	var syntax *stdjson.SyntaxError // segmentio's errors have no position
	err := stdjson.Unmarshal(value, new(stdjson.RawMessage))
	if err == nil {
		return nil
	}
	out := &SubmissionError{Msg: "the submission begins like JSON and is none: " + err.Error()}
	if errors.As(err, &syntax) {
		before := value[:max(0, min(int(syntax.Offset)-1, len(value)))]
		if int(syntax.Offset) >= len(value) && strings.HasPrefix(err.Error(), "unexpected end") {
			before = value
		}
		line := before[bytes.LastIndexByte(before, '\n')+1:]
		out.Line, out.Column = 1+bytes.Count(before, []byte{'\n'}), 1+utf8.RuneCount(line)
	}
	return out
}

func parseJSONSubmission(fields map[string]json.RawMessage) (s Submission, err error) {
	s.Kind = SubmitSQL
	if err := onlyKnown("the submission", fields, "sql", "owner", "labels", "options"); err != nil {
		return s, err
	}
	if s.SQL, err = field[string](fields, "", "sql", "text"); err != nil {
		return s, err
	}
	if s.Owner, err = field[string](fields, "", "owner", "text"); err != nil {
		return s, err
	}
	if s.Labels, err = field[map[string]string](fields, "", "labels", "an object of texts"); err != nil {
		return s, err
	}
	s.Options, err = parseOptions(fields["options"])
	return s, err
}

func parseOptions(raw json.RawMessage) (o Options, err error) {
	if raw == nil || string(raw) == "null" {
		return o, nil
	}
	fields, ok := object(raw)
	if !ok {
		return o, refuse("options: expected an object, found %.40s", raw)
	}
	if err := unique("options", raw); err != nil {
		return o, err
	}
	if err := onlyKnown("options", fields, "history", "retention", "grace",
		"max_groups", "max_rows_per_second", "max_result_bytes", "max_state_bytes", "start"); err != nil {
		return o, err
	}
	const where, number = "options: ", "a whole number"
	if o.History, err = field[bool](fields, where, "history", "true or false"); err != nil {
		return o, err
	}
	if o.Retention, err = field[Duration](fields, where, "retention", durationForm); err != nil {
		return o, err
	}
	if o.Grace, err = field[Duration](fields, where, "grace", durationForm); err != nil {
		return o, err
	}
	if o.MaxGroups, err = field[int64](fields, where, "max_groups", number); err != nil {
		return o, err
	}
	if o.MaxRowsPerSecond, err = field[int64](fields, where, "max_rows_per_second", number); err != nil {
		return o, err
	}
	if o.MaxResultBytes, err = field[int64](fields, where, "max_result_bytes", number); err != nil {
		return o, err
	}
	if o.MaxStateBytes, err = field[int64](fields, where, "max_state_bytes", number); err != nil {
		return o, err
	}
	for _, l := range o.limits() {
		if raw := fields[l.name]; raw != nil && string(raw) != "null" && l.value == 0 {
			return o, l.tooSmall()
		}
	}
	start, err := field[string](fields, where, "start", `"latest"`)
	if err == nil && start != "" && start != "latest" {
		err = refuse(`options: start %q is not supported yet: a query starts at "latest"`, start)
	}
	return o, err
}

func parseFail(fields map[string]json.RawMessage) (Submission, error) {
	s := Submission{Kind: SubmitFail}
	if err := onlyKnown("the submission", fields, "fail"); err != nil {
		return s, err
	}
	fail, ok := object(fields["fail"])
	if !ok {
		return s, refuse("fail: expected an object, found %.40s", fields["fail"])
	}
	var err error
	if s.Fail.Epoch, err = field[int64](fail, "fail: ", "epoch", "a whole number"); err != nil {
		return s, err
	}
	if s.Fail.Reason, err = field[string](fail, "fail: ", "reason", "text"); err != nil {
		return s, err
	}
	s.Fail.Completed, err = field[bool](fail, "fail: ", "completed", "true or false")
	return s, err
}

// object splits a JSON object into its fields.
func object(raw []byte) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	err := json.Unmarshal(raw, &fields)
	return fields, err == nil && fields != nil
}

// field returns the value of a field, zero where it is absent or null.
func field[T any](fields map[string]json.RawMessage, where, name, expected string) (T, error) {
	var v T
	raw := fields[name]
	if raw == nil {
		return v, nil
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, refuse("%s%s: expected %s, found %.40s", where, name, expected, raw)
	}
	return v, nil
}

// unique refuses an object that names a field twice: readers differ in which of
// the two they take.
func unique(where string, raw []byte) error {
	d := stdjson.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return refuse("%s: %v", where, err)
	}
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return refuse("%s: %v", where, err)
		}
		key, _ := name.(string)
		if seen[key] {
			return refuse("%s has the field %q twice: expected it once", where, key)
		}
		seen[key] = true
		if err := d.Decode(new(stdjson.RawMessage)); err != nil {
			return refuse("%s: %v", where, err)
		}
	}
	return nil
}

// noQuery says that a submission has no query, and which of its fields may have
// been meant as one.
func noQuery(fields map[string]json.RawMessage) error {
	known := []string{"sql", "owner", "labels", "options", "select"}
	e := &SubmissionError{Msg: `the submission has no query: expected the field "sql", or "select" of the older form`, Known: known}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			e.Field = name
			break
		}
	}
	return e
}

func onlyKnown(where string, fields map[string]json.RawMessage, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			return &SubmissionError{
				Msg:   fmt.Sprintf("%s has an unknown field %q: known are %s", where, name, strings.Join(known, ", ")),
				Field: name, Known: known,
			}
		}
	}
	return nil
}
