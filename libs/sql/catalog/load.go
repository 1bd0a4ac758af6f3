package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/millrace/millrace/libs/record"
)

// Error is a mistake in a stream catalog.
type Error struct {
	File      string // "" where it is not known
	Line, Col int    // 1-based; 0: the file as a whole
	Msg       string
}

// Error returns "file:line:col: message".
func (e *Error) Error() string {
	switch {
	case e.Line == 0 && e.File == "":
		return e.Msg
	case e.Line == 0:
		return e.File + ": " + e.Msg
	case e.File == "":
		return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg)
	default:
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
	}
}

// Load reads one stream from the text of its catalog. Unknown and repeated
// fields are errors, and so is whatever no document could be read by. Errors
// are of type [*Error].
func Load(text []byte) (*Stream, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	var y streamYAML
	if err := dec.Decode(&y); err != nil {
		return nil, yamlError(err)
	}
	if err := dec.Decode(new(streamYAML)); !errors.Is(err, io.EOF) {
		return nil, &Error{Msg: "expected one YAML document"}
	}
	return y.stream()
}

func yamlError(err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		pos := at.GetToken().Position
		return &Error{Line: pos.Line, Col: pos.Column, Msg: at.GetMessage()}
	}
	if errors.Is(err, io.EOF) {
		return &Error{Msg: "it is empty"}
	}
	return &Error{Msg: err.Error()}
}

// scalar is a YAML scalar and where it stands.
type scalar struct {
	text      string
	line, col int
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (s *scalar) UnmarshalYAML(n ast.Node) error {
	pos := n.GetToken().Position
	s.line, s.col = pos.Line, pos.Column
	switch n := n.(type) {
	case *ast.StringNode:
		s.text = n.Value
	case *ast.LiteralNode:
		s.text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		s.text = n.GetToken().Value
	default:
		return s.errorf("expected text, found %s", strings.ToLower(n.Type().String()))
	}
	return nil
}

func (s *scalar) errorf(format string, args ...any) error {
	return &Error{Line: s.line, Col: s.col, Msg: fmt.Sprintf(format, args...)}
}

type streamYAML struct {
	Version   scalar        `yaml:"version"`
	Stream    scalar        `yaml:"stream"`
	Doc       string        `yaml:"doc"`
	EventTime scalar        `yaml:"event_time"`
	Lateness  scalar        `yaml:"lateness"`
	Columns   []columnYAML  `yaml:"columns"`
	Examples  []exampleYAML `yaml:"examples"`
}

type columnYAML struct {
	Name           scalar   `yaml:"name"`
	Type           scalar   `yaml:"type"`
	Doc            string   `yaml:"doc"`
	Paths          []scalar `yaml:"paths"`
	Formats        []scalar `yaml:"formats"`
	NumericStrings bool     `yaml:"numeric_strings"`
	AbsentIsFalse  bool     `yaml:"absent_is_false"`
}

type exampleYAML struct {
	Name     string `yaml:"name"`
	Document string `yaml:"document"`
	Row      string `yaml:"row"`
}

func (y *streamYAML) stream() (*Stream, error) {
	if y.Version.text != "1" {
		return nil, y.Version.errorf("version: expected 1, found %q", y.Version.text)
	}
	s := &Stream{Name: y.Stream.text, Doc: y.Doc, EventTime: y.EventTime.text, Topic: TopicPrefix + y.Stream.text}
	if !ValidName(s.Name) {
		return nil, y.Stream.errorf("stream: expected a name of lower-case letters, digits and _, found %q", s.Name)
	}
	lateness, err := time.ParseDuration(y.Lateness.text)
	if err != nil || lateness < 0 {
		return nil, y.Lateness.errorf("lateness: expected a duration such as 5s, found %q", y.Lateness.text)
	}
	s.Lateness = lateness
	for i := range y.Columns {
		c, err := y.Columns[i].column()
		if err != nil {
			return nil, err
		}
		if _, ok := s.Column(c.Name); ok {
			return nil, y.Columns[i].Name.errorf("column %s is declared twice", c.Name)
		}
		s.Columns = append(s.Columns, c)
	}
	if len(s.Columns) == 0 {
		return nil, y.Stream.errorf("stream %s has no columns", s.Name)
	}
	if c, ok := s.Column(s.EventTime); !ok || c.Name != s.EventTime || c.Type.Kind != record.Timestamp {
		return nil, y.EventTime.errorf("event_time: expected a column of type TIMESTAMP, found %q", s.EventTime)
	}
	for _, e := range y.Examples {
		s.Examples = append(s.Examples, Example(e))
	}
	return s, nil
}

func (y *columnYAML) column() (Column, error) {
	c := Column{Name: y.Name.text, Doc: y.Doc, NumericStrings: y.NumericStrings, AbsentIsFalse: y.AbsentIsFalse}
	if !ValidName(strings.Split(c.Name, ".")...) {
		return c, y.Name.errorf("expected a column name of lower-case letters, digits, _ and dots, found %q", c.Name)
	}
	var err error
	if c.Type, err = record.ParseType(y.Type.text); err != nil {
		return c, y.Type.errorf("column %s: %v", c.Name, err)
	}
	if c.Type.Kind == record.Array && c.Type.Elem.Kind == record.Array {
		return c, y.Type.errorf("column %s: arrays of arrays cannot be read from documents", c.Name)
	}
	if elem := c.Type.Elem; c.Type.Interval() || elem != nil && elem.Interval() {
		return c, y.Type.errorf("column %s: intervals cannot be read from documents", c.Name)
	}
	if y.NumericStrings && !c.Type.Numeric() {
		return c, y.Type.errorf("column %s: numeric_strings is for BIGINT and DOUBLE, not %s", c.Name, c.Type)
	}
	if y.AbsentIsFalse && c.Type.Kind != record.Boolean {
		return c, y.Type.errorf("column %s: absent_is_false is for BOOLEAN, not %s", c.Name, c.Type)
	}
	if err := y.formats(&c); err != nil {
		return c, err
	}
	return c, y.paths(&c)
}

func (y *columnYAML) formats(c *Column) error {
	scalarType := c.Type
	if scalarType.Kind == record.Array {
		scalarType = *scalarType.Elem
	}
	timed := scalarType.Kind == record.Timestamp || scalarType.Kind == record.Date
	if timed && len(y.Formats) == 0 {
		return y.Name.errorf("column %s: %s needs formats", c.Name, c.Type)
	}
	for i := range y.Formats {
		f := &y.Formats[i]
		epoch := f.text == FormatEpochMS || f.text == FormatEpochSec
		switch {
		case !timed:
			return f.errorf("column %s: formats are for TIMESTAMP and DATE, not %s", c.Name, c.Type)
		case f.text == FormatRFC3339, epoch && scalarType.Kind == record.Timestamp:
		case !ValidLayout(f.text):
			return f.errorf("column %s: format %q is neither a Go time layout nor rfc3339, epoch_ms or epoch_s (which are for TIMESTAMP)", c.Name, f.text)
		}
		c.Formats = append(c.Formats, f.text)
	}
	return nil
}

func (y *columnYAML) paths(c *Column) error {
	if len(y.Paths) == 0 {
		return y.Name.errorf("column %s has no paths", c.Name)
	}
	for i := range y.Paths {
		p, err := ParsePath(y.Paths[i].text)
		if err != nil {
			return y.Paths[i].errorf("column %s: %v", c.Name, err)
		}
		if p.Each && c.Type.Kind != record.Array {
			return y.Paths[i].errorf("column %s: [] is for ARRAY, not %s", c.Name, c.Type)
		}
		if !p.Each && c.Type.Kind == record.Array {
			return y.Paths[i].errorf("column %s: a path of an %s has []", c.Name, c.Type)
		}
		if p.Exists && c.Type.Kind != record.Boolean {
			return y.Paths[i].errorf("column %s: ? is for BOOLEAN, not %s", c.Name, c.Type)
		}
		c.Paths = append(c.Paths, p)
	}
	return nil
}
