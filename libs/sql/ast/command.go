package ast

// Command is a statement other than SELECT: it says what there is to query, or asks
// for it. The set of types is closed.
type Command interface {
	Node
	// Verb returns the words that it begins with: "CREATE STREAM".
	Verb() string
	command()
}

// CreateStream is
//
//	CREATE [OR REPLACE] STREAM [IF NOT EXISTS] name (column, …) WITH (option = value, …)
//
// What the options mean is not decided here.
type CreateStream struct {
	Name        *Ident
	OrReplace   bool
	IfNotExists bool
	Columns     []ColumnDef // at least one
	Options     []Option
	At          Pos
}

// ColumnDef declares a column of a stream, and where and how it is found in a JSON
// document:
//
//	name TYPE [FROM 'path' | FROM ('path', …)] [FORMAT 'format' | FORMAT ('format', …)]
//	          [NUMERIC STRINGS] [ABSENT IS FALSE] [COMMENT 'text']
//
// Paths, formats and the two switches are those of the files in schemas/streams.
type ColumnDef struct {
	Name           *Name // dotted where nested: user.followers_count
	Type           TypeName
	Paths          []*StringLit // tried in order; none: the path is the name
	Formats        []*StringLit // of a TIMESTAMP or DATE, tried in order
	NumericStrings bool         // a JSON string may hold the number
	AbsentIsFalse  bool         // a BOOLEAN is FALSE where the document has no such field
	Comment        *StringLit   // nil: none
}

// Option is name = value of WITH (…).
type Option struct {
	Name  *Name // dotted: labels.team
	Value Expr  // a StringLit, which a bare word is too, NumberLit or BoolLit
}

// CreateView is CREATE [OR REPLACE] VIEW name AS query: a name for the query, to be
// read by others.
type CreateView struct {
	Name      *Ident
	OrReplace bool
	Query     *Statement
	At        Pos
}

// CreateMaterializedView is CREATE MATERIALIZED VIEW id [WITH (option = value, …)] AS
// query: a standing query, its id and its options.
type CreateMaterializedView struct {
	Name    *Ident
	Options []Option
	Query   *Statement
	At      Pos
}

// ObjectKind is a kind of thing that commands create.
type ObjectKind string

// The kinds, as they are written.
const (
	StreamObject           ObjectKind = "STREAM"
	ViewObject             ObjectKind = "VIEW"
	MaterializedViewObject ObjectKind = "MATERIALIZED VIEW"
)

// Drop is DROP STREAM, VIEW or MATERIALIZED VIEW [IF EXISTS] name.
type Drop struct {
	Kind     ObjectKind
	Name     *Ident
	IfExists bool
	At       Pos
}

// ShowWhat is what SHOW lists.
type ShowWhat string

// What there is to be listed, as it is written.
const (
	ShowStreams   ShowWhat = "STREAMS"
	ShowQueries   ShowWhat = "QUERIES"
	ShowFunctions ShowWhat = "FUNCTIONS"
	ShowViews     ShowWhat = "VIEWS"
)

// Show is SHOW STREAMS, QUERIES, FUNCTIONS or VIEWS.
type Show struct {
	What ShowWhat
	At   Pos
}

// Describe is DESCRIBE name, which may also be written DESC name.
type Describe struct {
	Name *Ident
	At   Pos
}

// Verb returns CREATE STREAM.
func (*CreateStream) Verb() string { return "CREATE STREAM" }

// Verb returns CREATE VIEW.
func (*CreateView) Verb() string { return "CREATE VIEW" }

// Verb returns CREATE MATERIALIZED VIEW.
func (*CreateMaterializedView) Verb() string { return "CREATE MATERIALIZED VIEW" }

// Verb returns DROP and the kind.
func (d *Drop) Verb() string { return "DROP " + string(d.Kind) }

// Verb returns SHOW and what is listed.
func (s *Show) Verb() string { return "SHOW " + string(s.What) }

// Verb returns DESCRIBE.
func (*Describe) Verb() string { return "DESCRIBE" }

func (*CreateStream) command()           {}
func (*CreateView) command()             {}
func (*CreateMaterializedView) command() {}
func (*Drop) command()                   {}
func (*Show) command()                   {}
func (*Describe) command()               {}
