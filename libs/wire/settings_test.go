package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/wire"
)

// TestRecordsOfEarlierVersions: what a registry record does not say is a constant,
// and a limit of 0 is said.
func TestRecordsOfEarlierVersions(t *testing.T) {
	full := newRandom(1).registry().(*wire.Registry)
	full.Options = wire.Settings{}
	b, err := full.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	at := strings.Index(text, `"options":{`)
	end := at + strings.Index(text[at:], `},`)
	for _, c := range []struct {
		options string
		want    wire.Settings
	}{
		{text[at : end+2], wire.Settings{}},
		{``, wire.DefaultSettings()},
		{`"options":null,`, wire.DefaultSettings()},
		{`"options":{},`, wire.DefaultSettings()},
		{`"options":{"max_groups":null,"retention":null},`, wire.DefaultSettings()},
		{`"options":{"history":true,"retention":"1h0m0s","max_groups":0,"later":1},`, wire.Settings{
			History: true, Retention: wire.Duration(time.Hour), LogRows: wire.DefaultLogRows,
			MaxRowsPerSecond: wire.DefaultMaxRowsPerSecond, MaxResultBytes: wire.DefaultMaxResultBytes,
			MaxStateBytes: wire.DefaultMaxStateBytes,
		}},
	} {
		var got wire.Registry
		if err := got.Unmarshal([]byte(text[:at] + c.options + text[end+2:])); err != nil {
			t.Fatalf("%s: %v", c.options, err)
		}
		if got.Options != c.want {
			t.Errorf("%s reads as %+v, want %+v", c.options, got.Options, c.want)
		}
	}
}
