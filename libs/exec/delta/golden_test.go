package delta

import "strings"

// goldenBlock is what sample encodes as. These bytes are on the wire: they change
// only with the version.
func goldenBlock() string {
	return strings.Join([]string{
		"01",                               // version
		"54",                               // plan 42
		"00",                               // cohort 0
		"a06347069e3b92f3074856f990845af5", // a node
		"01",                               // a table
		"3a",                               // 58 bytes
		"010203",                           // errors, mismatches, rows without time
		"02",                               // aggregates
		"00053294e4e00d05dfbf9329848f1d8d",
		"536a82b1447365c320e2c489e0e78a20",
		"ff9b9c39",                         // pane -60 s
		"040402656e",                       // key 'en'
		"07",                               // rows
		"0107",                             // state
		"03010203",                         // state
		"00",                               // pane 0
		"00",                               // key
		"01",                               // rows
		"0101",                             // state
		"00",                               // state
		"a92bb60b61e305ddd888015189d6591b", // a node
		"02",                               // rows
		"25",                               // 37 bytes
		"000000",                           // counters
		"ffffffffffffffffff01",             // no event time
		"03",                               // partition
		"808080808020",                     // offset 1<<40
		"09",                               // index
		"03726f77",                         // data
		"8080c1c5ccf09e05",                 // event time
		"000000",                           // partition, offset, index
		"00",                               // data
		"d82db9970a871db3a8f59027efa9ff57", // a node
		"09",                               // of an unknown kind
		"0f756e6b6e6f776e207061796c6f6164", // payload
	}, "")
}

func goldenRoutes() []int32 { return []int32{7, 5, 5, 3, 4, 0} }
