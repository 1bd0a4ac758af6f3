package explain

// Cost is what one node of the shared plan costs.
type Cost struct {
	Nanos    float64  `json:"ns_per_document"`    // of processor time, for a document of its stream
	Bytes    int64    `json:"bytes"`              // in every scheduler, a default; groups, rows and windows come on top
	Evidence Evidence `json:"evidence,omitempty"` // of Nanos; none where there is nothing to be done
	Samples  int64    `json:"samples,omitempty"`  // documents that Nanos was measured on
}

// Evidence is what a figure rests on.
type Evidence string

// The kinds of evidence, and what sums of both rest on.
const (
	EvidenceDefault  Evidence = "default"  // a figure of [Defaults]
	EvidenceMeasured Evidence = "measured" // on this system, while it ran
	EvidenceMixed    Evidence = "default and measured"
)

func (e Evidence) and(f Evidence) Evidence {
	switch {
	case e == "" || e == f:
		return f
	case f == "":
		return e
	default:
		return EvidenceMixed
	}
}

// Figure is a default that a cost was made of, and where it comes from.
type Figure struct {
	Name     string   `json:"figure"`
	Value    float64  `json:"value"`
	Unit     string   `json:"unit"`
	Evidence Evidence `json:"evidence"`
	Means    string   `json:"means"`
	Command  string   `json:"command"` // that measured it; none on this system
}

// Names of default figures.
const (
	figureDecode  = "decode"
	figureColumn  = "column"
	figureLookup  = "lookup"
	figureCount   = "count"
	figureCompare = "compare"
	figurePattern = "pattern"
	figureGroup   = "group"
	figureAgg     = "aggregate"
	figureRow     = "row"
	figureNode    = "node"
)

// Units of figures.
const (
	perDocument = "ns per document"
	perRow      = "ns per row"
	perNode     = "bytes"
)

// MeasuredOn says where the figures of [Defaults] were found.
const MeasuredOn = "2026-11-22, one core of an AMD EPYC, 3,000 to 5,000 generated tweets of 4.5 KB, medians of 3 short rounds"

// Defaults are the figures where nothing was measured: rounded, of one machine, and
// of queries of one kind. docs/operations.md says how they were found; docs/costs.sh
// prints the queries.
func Defaults() []Figure {
	bench := func(mix string) string { return "millrace bench scan --mix " + mix + " --queries 1,1000" }
	own := func(kind, queries string) string {
		return "docs/costs.sh " + kind + " > " + kind + ".sql; millrace bench scan --queries " + queries + " --sql " + kind + ".sql"
	}
	f := func(name string, value float64, unit, means, command string) Figure {
		return Figure{Name: name, Value: value, Unit: unit, Evidence: EvidenceDefault, Means: means, Command: command}
	}
	return []Figure{
		f(figureDecode, 2000, perDocument, "decode a document for one query", bench("keywords")),
		f(figureColumn, 130, perDocument, "decode one more column", own("columns", "1,2")),
		f(figureLookup, 0.7, perDocument, "hold a predicate in an index, the few rows in which it is TRUE included", bench("keywords")),
		f(figureCount, 0.2, perDocument, "count the rows of an interval", bench("ranges")),
		f(figureCompare, 1, perRow, "evaluate a predicate that is no pattern", own("dense", "1,1000")),
		f(figurePattern, 80, perRow, "evaluate a pattern, or compute a call", bench("worst")),
		f(figureGroup, 60, perRow, "find the group of a row and count it", own("groups", "1,1000")),
		f(figureAgg, 30, perRow, "update an aggregate that is not count(*)", own("aggregates", "1,1000")),
		f(figureRow, 240, perRow, "return a row", own("rows", "1,1000")),
		f(figureNode, 650, perNode, "keep a node: what a query takes, over its nodes", bench("keywords")),
	}
}
