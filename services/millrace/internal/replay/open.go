package replay

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Open opens a file, decompressing by its name.
func Open(name string) (io.ReadCloser, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	switch filepath.Ext(name) {
	case ".gz":
		z, err := gzip.NewReader(file)
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return reader{Reader: z, close: func() error { return errors.Join(z.Close(), file.Close()) }}, nil
	case ".zst":
		z, err := zstd.NewReader(file)
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return reader{Reader: z, close: func() error { z.Close(); return file.Close() }}, nil
	}
	return file, nil
}

// reader reads what is above a file; closing it closes all.
type reader struct {
	io.Reader
	close func() error
}

func (r reader) Close() error { return r.close() }
