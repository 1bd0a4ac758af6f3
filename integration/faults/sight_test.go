package faults

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// request makes a Kafka request as clients send it.
func request(key uint16, body string) []byte {
	const client = "millrace-scheduler"
	b := binary.BigEndian.AppendUint16(nil, key)
	b = binary.BigEndian.AppendUint16(b, 9)
	b = binary.BigEndian.AppendUint32(b, 77)
	b = binary.BigEndian.AppendUint16(b, uint16(len(client)))
	b = append(append(append(b, client...), 0), body...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

func TestSightKafka(t *testing.T) {
	stream := slices.Concat(
		request(1, "millrace-scan-0"), // a fetch
		request(apiEndTxn, "\x10millrace-scan-0"),
		request(apiProduce, "\x00\xff\xff"+string(bytes.Repeat([]byte("x"), 100))+"millrace-scan-0"), // of no transaction
		request(apiProduce, "\x10millrace-scan-0"+string(make([]byte, 100_000))),
		request(apiJoinGroup, ""),
		request(apiSyncGroup, "g"),
		request(apiEndTxn, "\x11millrace-merge-2"),
	)
	want := []moment{commit, producing, joining, syncing, checkpoint}
	for _, piece := range []int{1, 3, 7, 511, 512, 4096, len(stream)} {
		var s sight
		var got []moment
		for rest := range slices.Chunk(stream, piece) {
			got = append(got, s.look(rest)...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pieces of %d bytes: %q, want %q", piece, got, want)
		}
	}
}

func TestSightRedis(t *testing.T) {
	s := sight{redis: true}
	for text, want := range map[string][]moment{
		script("1", "millrace:merge:3", "5"):                              {writing},
		script("2", "millrace:merge:3", "millrace:topics"):                {taking},
		script("1", "millrace:slot:0"):                                    nil,
		"hmget millrace:merge:3 token":                                    nil,
		script("1", "millrace:merge:0") + script("1", "millrace:merge:1"): {writing, writing},
	} {
		if got := s.look([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestMoments(t *testing.T) {
	for m, want := range map[moment]kind{
		"": "", producing: transaction, commit: transaction, checkpoint: transaction, joining: "", syncing: rebalance, writing: flush, taking: "",
	} {
		if got := m.of(); got != want {
			t.Errorf("%q interrupts %q, want %q", m, got, want)
		}
	}
}
