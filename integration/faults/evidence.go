package faults

import (
	"slices"
	"strings"

	"github.com/segmentio/encoding/json"
)

// kind says what a fault has aborted or interrupted.
type kind string

const (
	transaction kind = "transaction"
	restore     kind = "restore"
	flush       kind = "flush"
	rebalance   kind = "rebalance"
)

// logLine is what of a line of a service's log is looked at.
type logLine struct {
	Level string `json:"level"`
	Msg   string `json:"msg"`
	Error string `json:"error"`
	Slot  *int   `json:"slot"`

	Partition int `json:"partition"`
}

// telling are the messages that show that something open did not end as it would
// have.
var telling = []struct {
	msg  string
	kind kind
}{
	{"scan transaction aborted", transaction},
	{"the last transaction failed", transaction},
	{"a transaction was aborted, submissions are read again", transaction},
	{"reading a checkpoint again", restore},
	{"a restore came to nothing", restore},
	{"the result store lost writes: republishing everything", flush},
	{"the result store does not take writes; results lag and nothing is lost; trying again", flush},
}

// read finds out what a line tells; "" for nothing.
func (l *logLine) read(line []byte) (kind, bool) {
	if json.Unmarshal(line, l) != nil {
		return "", false
	}
	for _, t := range telling {
		if l.Msg == t.msg {
			return t.kind, true
		}
	}
	switch {
	case strings.HasPrefix(l.Msg, "stage given up"), strings.HasPrefix(l.Msg, "slot given up"):
		k := given(l.Error)
		return k, k != ""
	case l.Msg == "failed, will try again" && strings.Contains(l.Error, "transaction"):
		return transaction, true
	}
	return "", false
}

// given tells from its error what a stage was at when it was given up; "" where it
// may have been at nothing.
func given(text string) kind {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case has("restore", "read checkpoints", "claim"):
		return restore
	case has("rebalance", "generation", "join group", "assign"):
		return rebalance
	case has("transaction", "commit", "fenced", "produce"):
		return transaction
	default:
		return ""
	}
}
