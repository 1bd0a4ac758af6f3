package ast

// Code is the SQLSTATE of an error, five characters that stay the same whatever the
// message says: those of PostgreSQL, whose classes are the standard's.
type Code string

// The codes of what is wrong with a query.
const (
	CodeSyntax      Code = "42601" // what the grammar does not have
	CodeUnsupported Code = "0A000" // valid SQL that Millrace does not answer
	CodeColumn      Code = "42703" // there is no such column
	CodeFunction    Code = "42883" // there is no such function, or not for these arguments
	CodeStream      Code = "42P01" // there is no such stream or view
	CodeType        Code = "42804" // a value is of a type that cannot stand there
	CodeGrouping    Code = "42803" // an aggregate where none can be, or a column that is not grouped by
	CodeWindow      Code = "42P20" // a window that is missing, or cannot be so
	CodeAmbiguous   Code = "42702" // a name means several columns
	CodeDuplicate   Code = "42701" // two output columns of one name
	CodeReference   Code = "42P10" // a position that no output column has
	CodeValue       Code = "22P02" // a text is no value of the type that it has to be
	CodeTime        Code = "22007" // a text is no date or time
	CodeRange       Code = "22003" // a number or time beyond what its type holds
	CodeDivision    Code = "22012" // a constant divided by zero
	CodeLogarithm   Code = "2201E" // a logarithm of what has none
	CodePower       Code = "2201F" // a power or root of what has none
	CodePattern     Code = "22025" // a pattern or its escape character
	CodeRegular     Code = "2201B" // a regular expression
	CodeParameter   Code = "22023" // a constant that a function takes in no call: a unit, a field, a format
	CodeText        Code = "22021" // what is no UTF-8
	CodeLimit       Code = "54000" // too long or too deep
	CodeExists      Code = "42710" // the name is taken
	CodeInUse       Code = "2BP01" // queries depend on it
	CodeName        Code = "42602" // what cannot be a name
	CodeSetting     Code = "53400" // more than a setting allows
)

// WithCode returns e with the code.
func (e *Error) WithCode(code Code) *Error {
	e.Code = code
	return e
}
