// Asm writes the assembly of package jsonscan, index_amd64.s: one function that
// reads a document in blocks of 64 bytes, checks all of JSON's grammar that can
// be checked without a stack, and leaves bitmaps of where things are. The
// comment of package jsonscan says how they are used; the files here say, step
// by step, how they are made. It writes the same bytes whenever it is run, and
// a test holds that the committed file is what it writes.
//
//	go run ./internal/asm index_amd64.s
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: asm FILE")
		os.Exit(2)
	}
	code, err := generate()
	if err == nil {
		err = os.WriteFile(os.Args[1], code, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "asm:", err)
		os.Exit(1)
	}
}

// generate returns the assembly file.
func generate() ([]byte, error) {
	c := build.NewContext()
	c.ConstraintExpr("amd64,!purego")
	made := map[string]operand.Mem{}
	for _, name := range []string{"indexBlocks", "indexCompact"} {
		c.Function(name)
		c.Attributes(attr.NOSPLIT)
		c.SignatureExpr("func(doc *byte, n int, tail *byte, more int, out *uint64) (bad, look, flags uint64)")
		g := &generator{Context: c, made: made, compact: name == "indexCompact"}
		g.function()
	}
	file, err := c.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	code, err := printer.NewGoAsm(printer.Config{Name: "internal/asm"}).Print(file)
	if err != nil {
		return nil, err
	}
	return append(bytes.TrimRight(code, "\n"), '\n'), nil
}
