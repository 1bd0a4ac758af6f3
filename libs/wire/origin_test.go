package wire_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/millrace/millrace/libs/wire"
)

func TestOriginsFindALine(t *testing.T) {
	o := wire.Origins{
		{At: 0, File: "a", Line: 1, Byte: 3},
		{At: 6, Line: 5, Byte: 100},
		{At: 9, File: "b", Line: 7, Byte: 50},
	}
	b, err := o.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if want := `[{"at":0,"file":"a","line":1,"byte":3},{"at":6,"line":5,"byte":100},{"at":9,"file":"b","line":7,"byte":50}]`; string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
	var got wire.Origins
	if err := got.Unmarshal(b); err != nil || !reflect.DeepEqual(got, o) {
		t.Fatalf("%v, %v", got, err)
	}
	value := []byte("11\n22\n33\n44\n55\n")
	for at, want := range map[int]wire.Origin{
		0: {File: "a", Line: 1, Byte: 3}, 3: {File: "a", Line: 2, Byte: 6}, 6: {File: "a", Line: 5, Byte: 100},
		9: {File: "b", Line: 7, Byte: 50}, 12: {File: "b", Line: 8, Byte: 53},
	} {
		file, line, offset, ok := got.Find(value, at)
		if found := (wire.Origin{File: file, Line: line, Byte: offset}); !ok || found != want {
			t.Errorf("at %d: %+v, %t, want %+v", at, found, ok, want)
		}
	}
	for _, at := range []int{-1, len(value)} {
		if _, _, _, ok := got.Find(value, at); ok {
			t.Errorf("found at %d", at)
		}
	}
	if _, _, _, ok := wire.Origins(nil).Find(value, 0); ok {
		t.Error("found without origins")
	}
}

func TestOriginsAreChecked(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `[]`, `[{"at":0,"line":1,"byte":0}]`, `[{"at":1,"file":"a","line":1,"byte":0}]`, `[{"at":0,"file":"a","line":0,"byte":0}]`,
		`[{"at":0,"file":"a","line":1,"byte":-1}]`, `[{"at":0,"file":"a","line":1,"byte":0},{"at":0,"line":2,"byte":1}]`,
	} {
		var o wire.Origins
		if err := o.Unmarshal([]byte(text)); !errors.Is(err, wire.ErrInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
