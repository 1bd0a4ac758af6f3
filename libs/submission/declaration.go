package submission

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/wire"
)

// Declaration is a CREATE or a DROP of a stream or a view that was submitted.
type Declaration struct {
	Object wire.Object
	Name   string
	Drops  bool
	Spares bool   // IF EXISTS, IF NOT EXISTS: there may be nothing to do
	Topic  string // of a stream that is created, once [Checker.Declare] has taken it

	src  string
	cmd  ast.Command
	name *ast.Ident
}

// DeclarationOf returns the declaration that a submission is, nil where it is something
// else. What is wrong with a text is told by [Checker.Check].
func DeclarationOf(sub *wire.Submission) *Declaration {
	if sub.Kind != wire.SubmitSQL || !mayDeclare(sub.SQL) {
		return nil
	}
	return NewDeclaration(sub.SQL, parsed(sub.SQL))
}

// NewDeclaration returns the declaration that a command is, which was parsed from src,
// nil where it is something else.
func NewDeclaration(src string, cmd ast.Command) *Declaration {
	d := &Declaration{src: src, cmd: cmd}
	switch c := cmd.(type) {
	case *ast.CreateStream:
		d.Object, d.name, d.Spares = wire.ObjectStream, c.Name, c.IfNotExists
	case *ast.CreateView:
		d.Object, d.name = wire.ObjectView, c.Name
	case *ast.Drop:
		d.name, d.Drops, d.Spares = c.Name, true, c.IfExists
		switch c.Kind {
		case ast.StreamObject:
			d.Object = wire.ObjectStream
		case ast.ViewObject:
			d.Object = wire.ObjectView
		case ast.MaterializedViewObject:
			return nil
		}
	default:
		return nil
	}
	d.Name = d.name.Name
	return d
}

// mayDeclare spares queries a second reading.
func mayDeclare(text string) bool {
	return (containsFold(text, "create") || containsFold(text, "drop")) && (containsFold(text, "stream") || containsFold(text, "view"))
}

func containsFold(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if (text[i] == word[0] || text[i]|0x20 == word[0]) && strings.EqualFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

// parsed returns the command that a text is, nil where it is none. A text that makes the
// parser panic is none here: [Checker.Check] meets it again, and tells it.
func parsed(src string) (cmd ast.Command) {
	defer func() {
		if recover() != nil {
			cmd = nil
		}
	}()
	_, cmd, err := parser.ParseAny(src)
	if err != nil {
		return nil
	}
	return cmd
}

// CheckID holds that what the statement is about is what it is submitted as. Its error is
// a [*Problem].
func (d *Declaration) CheckID(id string) error {
	if d.Name == id {
		return nil
	}
	does := "declares"
	if d.Drops {
		does = "drops"
	}
	return problemOf(ast.NewError(d.src, d.name.At, fmt.Sprintf("the statement %s the %s %s, and it is submitted as %s", does, d.Object, d.Name, id)).
		WithCode(ast.CodeName).WithHint("submit it as %s", d.Name))
}

// Refused tells why Kafka will not have the topic of a stream. Its error is a [*Problem].
func (d *Declaration) Refused(err error) error {
	return problemOf(ast.NewError(d.src, d.topicAt(), fmt.Sprintf("Kafka does not let stream %s have the topic %s: %v", d.Name, d.Topic, err)).
		WithCode(ast.CodeUnsupported).WithHint("ask who runs Kafka, or name another topic: WITH (topic = 'name')"))
}

// Silent tells that the topic of a stream does not answer, which is nothing that the text
// is wrong about. Its error is a [*Problem].
func (d *Declaration) Silent(err error) error {
	return problemOf(ast.NewError(d.src, d.topicAt(), fmt.Sprintf("topic %s does not answer: %v", d.Topic, err)).
		WithCode("").WithHint("submit the statement again when it does"))
}

// TooMany tells that there are as many streams as may be. Its error is a [*Problem].
func (d *Declaration) TooMany(are, most int) error {
	return problemOf(ast.NewError(d.src, d.name.At, fmt.Sprintf("no more streams may be declared: there are %d, and the limit is %d", are, most)).
		WithCode(ast.CodeSetting).WithHint("drop one that is not used any more (DROP STREAM name), or have query-parser allow more by --max-declared-streams"))
}

// topicAt is where the text names the topic of a stream, or else the stream.
func (d *Declaration) topicAt() ast.Pos {
	at := d.name.At
	if c, ok := d.cmd.(*ast.CreateStream); ok {
		for i := range c.Options {
			if c.Options[i].Name.String() == "topic" {
				at = c.Options[i].Value.Pos()
			}
		}
	}
	return at
}

// Declare returns the catalog after a declaration, c.Catalog itself where it changes
// nothing; note says what else there is to tell. users returns the ids of the queries
// that read what has a name; nil: they are not looked at. Errors are [*Problem]s, or
// [ErrDefect].
func (c *Checker) Declare(sub *wire.Submission, d *Declaration, users func(name string) []string) (next *catalog.Catalog, note string, err error) {
	defer func() {
		if r := recover(); r != nil {
			next, note, err = nil, "", c.defect(sub, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	if len(sub.Labels) > 0 || sub.Options != (wire.Options{}) {
		return nil, "", &Problem{Message: fmt.Sprintf("labels and options are of queries: %s has none", d.cmd.Verb()), Hint: "leave them out"}
	}
	next, note, err = sql.Declare(c.Catalog, d.cmd, d.src, users)
	var at *ast.Error
	switch {
	case err == nil:
		if s, ok := next.Stream(d.Name); ok && d.Object == wire.ObjectStream {
			d.Topic = s.Topic
		}
		return next, note, nil
	case errors.As(err, &at):
		return nil, "", problemOf(err)
	default:
		return nil, "", c.defect(sub, err)
	}
}

// Size holds that a record of the registry with a declaration is small enough. Its error
// is a [*Problem].
func (c *Checker) Size(value []byte) error {
	if len(value) > c.MaxValue {
		return &Problem{Message: fmt.Sprintf("the statement needs %d bytes in the registry, more than %d", len(value), c.MaxValue), Hint: "say it in fewer words"}
	}
	return nil
}
