// Package client talks to a Millrace service over the HTTP API that
// schemas/openapi.yaml describes.
//
// Its main noun is the [Client], one service's address. It keeps nothing of what
// it was told, and prints nothing: the command line does. What the service
// refuses is a [*Problem], which tells where SQL is wrong as the parser does; a
// service that cannot be reached is an [*UnreachableError].
//
//	c, err := client.New("http://127.0.0.1:8080")
//	defer c.Close()
//	done, err := c.Submit(ctx, client.Submission{ID: "mills", SQL: "SELECT count(*) FROM tweets"}, 30*time.Second)
//	err = c.Watch(ctx, "mills", client.WatchOptions{}, func(e client.Event) error { … })
package client
