//go:build !race

package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// compression is how batches are compressed, the first that the broker knows.
func compression() []kgo.CompressionCodec {
	return []kgo.CompressionCodec{kgo.Lz4Compression(), kgo.NoCompression()}
}
