package faults

import "testing"

func TestEvidence(t *testing.T) {
	for line, want := range map[string]kind{
		`{"level":"DEBUG","msg":"scan transaction aborted","sequence":7}`:                                                       transaction,
		`{"level":"INFO","msg":"a transaction was aborted, submissions are read again"}`:                                        transaction,
		`{"level":"WARN","msg":"the result store lost writes: republishing everything"}`:                                        flush,
		`{"level":"DEBUG","msg":"a restore came to nothing","partition":3}`:                                                     restore,
		`{"level":"WARN","msg":"stage given up; starting it anew","error":"claim merge partition 3: timeout"}`:                  restore,
		`{"level":"WARN","msg":"stage given up; starting it anew","error":"read checkpoints of merge partition 3: EOF"}`:        restore,
		`{"level":"WARN","msg":"stage given up; starting it anew","error":"commit a checkpoint of merge partition 3: timeout"}`: transaction,
		`{"level":"WARN","msg":"stage given up; starting it anew","error":"join group millrace-scan: timeout"}`:                 rebalance,
		`{"level":"WARN","msg":"stage given up; starting it anew","error":"nobody answers"}`:                                    "",
		`{"level":"WARN","msg":"failed, will try again","error":"begin a transaction: EOF"}`:                                    transaction,
		`{"level":"WARN","msg":"failed, will try again","error":"connection refused"}`:                                          "",
		`{"level":"INFO","msg":"merge partition restored"}`:                                                                     "",
		`no JSON`: "",
	} {
		var l logLine
		if got, tells := l.read([]byte(line)); got != want || tells != (want != "") {
			t.Errorf("%s: %q (tells: %v), want %q", line, got, tells, want)
		}
	}
}
