package scheduler

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// programOf returns what tells this program, with its streams, from others: merge
// makes the same of a definition where it is equal. It is a hash of the executable's
// build id, or of all of it where it has none, for versions do not tell all builds apart;
// empty if that cannot be read.
func programOf(streams *catalog.Catalog) func() string {
	return func() string {
		file, err := os.Open("/proc/self/exe") // what runs, also where another file has taken its name
		if err != nil {
			var path string
			if path, err = os.Executable(); err == nil {
				file, err = os.Open(path)
			}
		}
		if err != nil {
			return ""
		}
		defer file.Close()
		h := sha256.New()
		if id := buildID(file); id != nil {
			h.Write(id)
		} else if _, err := io.Copy(h, file); err != nil {
			return ""
		}
		for _, s := range streams.Streams() {
			fmt.Fprintf(h, "%+v\n", *s)
		}
		return hex.EncodeToString(h.Sum(nil)[:8])
	}
}

// buildID returns the id that the go command gave the executable, nil where there is none.
// It is made of hashes of all that went into the program: to hash the file itself would be
// to read all of it first, at every start.
func buildID(file io.ReaderAt) []byte {
	f, err := elf.NewFile(file)
	if err != nil {
		return nil
	}
	section := f.Section(".note.go.buildid")
	if section == nil {
		return nil
	}
	note, err := section.Data()
	const head = 12 // the sizes of name and description, and a type
	if err != nil || len(note) < head {
		return nil
	}
	name, size := (uint64(f.ByteOrder.Uint32(note))+3)&^3, uint64(f.ByteOrder.Uint32(note[4:]))
	if size == 0 || head+name+size > uint64(len(note)) {
		return nil
	}
	return note[head+name:][:size]
}
