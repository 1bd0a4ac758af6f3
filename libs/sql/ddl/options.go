package ddl

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// How files of a stream are written, by the option format.
const (
	FormatJSON = "json"
	FormatCSV  = "csv"
	FormatTSV  = "tsv"
	FormatText = "text"
)

func formatNames() []string { return []string{FormatJSON, FormatCSV, FormatTSV, FormatText} }

// textField is where the line is in the document of a line of text.
const textField = "text"

// streamOptionNames are the options of CREATE STREAM.
func streamOptionNames() []string {
	return []string{"topic", "format", "header", "timestamp", "lateness", "comment"}
}

// ourTopics are those that Millrace keeps for itself: their names without the prefix.
func ourTopics() []string {
	return []string{"files", "queries", "registry", "status", "exchange", "checkpoints", "results", "costs", "dead-letters"}
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

func (m *maker) streamOptions(s *catalog.Stream, c *ast.CreateStream) *ast.Error {
	topicAt := c.Name.At
	for i := range c.Options {
		o := &c.Options[i]
		var err *ast.Error
		switch o.Name.String() {
		case "topic":
			s.Topic, err = m.textOption(o)
			topicAt = o.Value.Pos()
		case "format":
			err = m.formatOption(s, o)
		case "header":
			b, ok := o.Value.(*ast.BoolLit)
			if !ok {
				return m.fail(o.Value.Pos(), "header is TRUE or FALSE, not %s", o.Value)
			}
			s.Header = b.Value
		case "timestamp":
			err = m.eventTime(s, o)
		case "lateness":
			s.Lateness, err = m.durationOption(o)
		case "comment":
			s.Doc, err = m.textOption(o)
		default:
			return m.unknownOption(o, "CREATE STREAM", streamOptionNames())
		}
		if err != nil {
			return err
		}
	}
	if err := m.topic(s, topicAt); err != nil {
		return err
	}
	if o := optionOf(c, "header"); o != nil && s.Format != FormatCSV && s.Format != FormatTSV {
		return m.fail(o.Name.Pos(), "header is for csv and tsv files").WithHint("add format = 'csv', or leave it out")
	}
	return nil
}

func optionOf(c *ast.CreateStream, name string) *ast.Option {
	i := slices.IndexFunc(c.Options, func(o ast.Option) bool { return o.Name.String() == name })
	if i < 0 {
		return nil
	}
	return &c.Options[i]
}

// unknownOption says that a statement has no such option.
func (m *maker) unknownOption(o *ast.Option, statement string, known []string) *ast.Error {
	name := o.Name.String()
	err := m.fail(o.Name.Pos(), "%s has no option %s", statement, name)
	err.Expected, err.Found = strings.Join(known, ", "), name
	if near, ok := ast.Nearest(name, known); ok {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("options: %s", err.Expected)
}

// topic checks the topic of a stream, and names it where no option did.
func (m *maker) topic(s *catalog.Stream, at ast.Pos) *ast.Error {
	named := s.Topic != ""
	if !named {
		s.Topic = catalog.TopicPrefix + s.Name
	}
	if !topicName.MatchString(s.Topic) || s.Topic == "." || s.Topic == ".." {
		return m.fail(at, "%q cannot be the name of a topic", s.Topic).WithCode(ast.CodeName).WithHint("topics have 1 to 249 characters of A-Z a-z 0-9 . _ -")
	}
	rest, prefixed := strings.CutPrefix(s.Topic, catalog.TopicPrefix)
	switch {
	case prefixed && slices.Contains(ourTopics(), rest):
		err := m.fail(at, "Millrace keeps the topic %s for itself", s.Topic)
		if named {
			return err.WithHint("name another one")
		}
		return err.WithHint("name the stream's: WITH (topic = 'my-%s')", s.Name)
	case prefixed && rest != s.Name:
		return m.fail(at, "topics whose names begin with %s are those of the streams that are called so: this one would be %s%s", catalog.TopicPrefix, catalog.TopicPrefix, s.Name).
			WithHint("leave topic out, or name one that begins otherwise")
	}
	return nil
}

func (m *maker) formatOption(s *catalog.Stream, o *ast.Option) *ast.Error {
	name, err := m.textOption(o)
	if err != nil {
		return err
	}
	name = strings.ToLower(name)
	if name == "ndjson" || name == "jsonl" {
		name = FormatJSON
	}
	if !slices.Contains(formatNames(), name) {
		err := m.fail(o.Value.Pos(), "unknown format %s", o.Value)
		err.Expected, err.Found = strings.Join(formatNames(), ", "), o.Value.String()
		if near, ok := ast.Nearest(name, formatNames()); ok {
			return err.WithHint("did you mean '%s'?", near)
		}
		return err.WithHint("formats: %s; they say how files are written, and the topic carries JSON documents always", err.Expected)
	}
	s.Format = name
	return nil
}

// eventTime takes the column that event time comes from.
func (m *maker) eventTime(s *catalog.Stream, o *ast.Option) *ast.Error {
	name, err := m.textOption(o)
	if err != nil {
		return err
	}
	var times, all []string
	for i := range s.Columns {
		if s.Columns[i].Type.Kind == record.Timestamp {
			times = append(times, s.Columns[i].Name)
		}
		all = append(all, s.Columns[i].Name)
	}
	c, ok := s.Column(name)
	switch {
	case !ok:
		err := m.fail(o.Value.Pos(), "stream %s has no column %s, which its event time was to come from", s.Name, name).WithCode(ast.CodeColumn)
		if near, ok := ast.Nearest(name, all); ok {
			return err.WithHint("did you mean %s?", near)
		}
		if len(times) > 0 {
			return err.WithHint("columns of type TIMESTAMP: %s", strings.Join(times, ", "))
		}
		return err.WithHint("declare it: %s TIMESTAMP", plainOr(name, "created_at"))
	case c.Type.Kind != record.Timestamp:
		err := m.fail(o.Value.Pos(), "event time comes from a TIMESTAMP, and column %s is %s", c.Name, c.Type).WithCode(ast.CodeType)
		if c.Type.Kind == record.BigInt {
			return err.WithHint("declare it %s TIMESTAMP FORMAT 'epoch_ms', or 'epoch_s' where it counts seconds", c.Name)
		}
		return err.WithHint("declare it %s TIMESTAMP", c.Name)
	}
	s.EventTime = c.Name
	return nil
}

func plainOr(name, otherwise string) string {
	if catalog.ValidName(name) {
		return name
	}
	return otherwise
}

func (m *maker) textOption(o *ast.Option) (string, *ast.Error) {
	if lit, ok := o.Value.(*ast.StringLit); ok {
		return lit.Value, nil
	}
	return "", m.fail(o.Value.Pos(), "%s is a text, not %s", o.Name, o.Value).WithHint("write %s = '%s'", o.Name, o.Value)
}

// durationOption reads a duration, spelled as in other settings: 5s, 1h30m.
func (m *maker) durationOption(o *ast.Option) (time.Duration, *ast.Error) {
	text, err := m.textOption(o)
	if err != nil {
		return 0, m.fail(o.Value.Pos(), "%s is a duration, not %s", o.Name, o.Value).WithHint("for example %s = '5s'", o.Name)
	}
	d, bad := time.ParseDuration(text)
	if bad != nil || d < 0 || d > 365*24*time.Hour {
		return 0, m.fail(o.Value.Pos(), "%s is a duration from 0s to a year, not %s", o.Name, o.Value).WithHint("for example %s = '5s', or '1h30m'", o.Name)
	}
	return d, nil
}
