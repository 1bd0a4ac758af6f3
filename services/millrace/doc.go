// Package millrace is the whole pipeline in one process: the four services over
// one log and one result store, which are embedded unless real ones are given.
//
// The main noun is the [Stack]: addresses, and the services that run over them.
// Embedded is a matter of addresses, never of other code. [Bounded] runs queries
// over inputs that end, and returns their final results.
//
//	stack, err := millrace.Open(millrace.Config{})
//	defer stack.Close()
//	err = stack.Run(ctx, millrace.Options{Listen: "127.0.0.1:8080", Watch: "inbox"})
package millrace
