// Package planted puts known bugs into the program, so that tests can show that
// they would be found.
//
// The main noun is [Bug]: a rule of the design that is broken on purpose, at the
// place of the real code that holds it. A bug is there only in a program built
// with the tag faults, and only while the environment variable [Variable] names
// it; without the tag [On] is the constant false, and the compiler leaves out
// what depends on it.
//
// Package planted decides nothing about what a bug does: the code that asks On
// does that.
//
//	if !planted.On(planted.DefinitionsEarly) {
//		err = registry.Wait(ctx, position)
//	}
package planted
