package function

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/spelling"
)

// Resolution is what a call is found to mean.
type Resolution struct {
	Func   *Scalar       // its Name is what the plan holds
	Args   []record.Type // what each argument is to be cast to, by [Cast], if it is not yet
	Result record.Type   // of the call
}

// Error says why a call has no meaning, for the author of the query.
type Error struct {
	Message string // "unknown function uper", "round takes …, not VARCHAR"
	Hint    string // a way out, or ""
	Arg     int    // the argument that does not fit, or -1
	Unknown bool   // there is no function of the name
}

func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + "; " + e.Hint
}

// Resolve finds the function that a call means by its name, an alias or an
// operator (case does not matter), and the overload that takes the arguments with
// the fewest implicit casts (see [Implicit]), of equally good ones the first in the
// table. It does not ask whether the function is Callable by name.
//
// Arguments of unknown type fit everywhere and get the type of their parameter. A
// literal text in quotes is VARCHAR; where that does not fit, the caller may ask
// again with the unknown type and read the text as what it is to be.
//
// Errors are of type [*Error].
func Resolve(name string, args []record.Type) (Resolution, error) {
	f, ok := LookupName(name)
	if !ok {
		return Resolution{}, unknown(name)
	}
	best, fewest := Resolution{}, -1
	for i := range f.Overloads {
		o := &f.Overloads[i]
		if !o.takes(len(args)) {
			continue
		}
		if to, casts, bad := o.fit(args); bad < 0 && (fewest < 0 || casts < fewest) {
			best, fewest = Resolution{Func: f, Args: to, Result: o.Result(to)}, casts
		}
	}
	if fewest < 0 {
		return Resolution{}, f.mismatch(args)
	}
	return best, nil
}

// mismatch says what the function takes instead.
func (f *Scalar) mismatch(args []record.Type) *Error {
	err := &Error{Arg: -1, Hint: f.usage()}
	furthest := -1
	for i := range f.Overloads {
		o := &f.Overloads[i]
		if !o.takes(len(args)) {
			continue
		}
		if _, _, bad := o.fit(args); bad > furthest {
			furthest = bad
		}
	}
	what := f.Name
	if f.SQL != "" {
		what = f.SQL
	}
	if furthest < 0 {
		err.Message = fmt.Sprintf("%s does not take %s", what, count(len(args)))
		return err
	}
	err.Arg = furthest
	types := make([]string, len(args))
	for i, t := range args {
		types[i] = t.String()
	}
	if f.SQL != "" {
		err.Message = fmt.Sprintf("%s does not take %s", what, strings.Join(types, " and "))
	} else {
		err.Message = fmt.Sprintf("%s does not take (%s)", what, strings.Join(types, ", "))
	}
	return err
}

// usage says how the function is called, or what an operator takes.
func (f *Scalar) usage() string {
	const most = 4
	ways := f.Signatures()
	if f.SQL != "" {
		ways = nil
		for i := range f.Overloads {
			ways = append(ways, f.Overloads[i].types())
		}
	}
	more := ""
	if len(ways) > most {
		ways, more = ways[:most], " or …"
	}
	if f.SQL != "" {
		return f.SQL + " takes " + strings.Join(ways, ", or ") + more
	}
	return "it is " + strings.Join(ways, " or ") + more
}

// types lists the types of the parameters.
func (o *Overload) types() string {
	var types []string
	for _, p := range o.Params {
		if !p.Optional { // there is no place for it beside an operator
			types = append(types, p.TypeName())
		}
	}
	return strings.Join(types, " and ")
}

func count(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// unknown says that there is no such function, and which may have been meant.
func unknown(name string) *Error {
	err := &Error{Message: "unknown function " + name, Arg: -1, Unknown: true}
	name = strings.ToLower(name)
	if hint, ok := elsewhere[name]; ok {
		err.Hint = hint
		return err
	}
	if near, ok := spelling.Nearest(name, callables()); ok {
		err.Hint = "did you mean " + near + "?"
	}
	return err
}

// callables are all names that a call may use, sorted.
var callables = sync.OnceValue(func() []string {
	var names []string
	for _, f := range table() {
		if f.Callable {
			names = append(names, f.wordAliases()...)
			if f.Name != RegexpMatch { // of plans: queries say ~ or regexp_like
				names = append(names, f.Name)
			}
		}
	}
	slices.Sort(names)
	return names
})

// Callables returns the names and aliases of all functions that can be called by
// name, sorted: what a misspelt name is compared with.
func Callables() []string { return slices.Clone(callables()) }

// wordAliases are the aliases that are names, not operators.
func (f *Scalar) wordAliases() []string {
	return slices.DeleteFunc(slices.Clone(f.Aliases), func(a string) bool { return !lowerLetter(a[0]) })
}

func lowerLetter(c byte) bool { return 'a' <= c && c <= 'z' }

// Signatures returns how the function is called, a line for each overload, as
// abs(x BIGINT) → BIGINT; an operator is followed by what its operands may be.
func (f *Scalar) Signatures() []string {
	var lines []string
	for i := range f.Overloads {
		if f.SQL == "" {
			lines = append(lines, f.Name+f.Overloads[i].String())
		} else {
			lines = append(lines, f.SQL+" "+f.Overloads[i].String())
		}
	}
	return lines
}
