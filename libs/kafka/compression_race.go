//go:build race

package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// compression is none under the race detector: there sync.Pool forgets much of
// what it is given, and the detector marks every byte of a new buffer, of which
// lz4 takes 4 MiB for the smallest batch. Tests took ten times as long.
func compression() []kgo.CompressionCodec {
	return []kgo.CompressionCodec{kgo.NoCompression()}
}
