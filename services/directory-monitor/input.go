package monitor

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/directory-monitor/internal/format"
)

// Formats says for people which files are read.
const Formats = "ndjson, json, csv, tsv, txt; plain, .gz, .zst"

// Input are the settings that say how files are written, for every program that
// reads some.
type Input struct {
	Format  string
	Columns []string
}

// Flags registers the settings.
func (i *Input) Flags(f *daemon.Flags) {
	f.Choice(&i.Format, "input-format", string(format.Auto), format.Names(), "how files are written; auto tells by their names")
	f.List(&i.Columns, "columns", nil, "`NAMES` of the columns of csv and tsv files that have no header")
	f.Check(func() error { return CheckInput(i.Format, i.Columns) })
}

// CheckInput says what is wrong with an input format and columns. Its errors are
// usage errors.
func CheckInput(set string, columns []string) error {
	if set != "" && !slices.Contains(format.Names(), set) {
		return daemon.Usagef("--input-format: %q is not allowed here; allowed: %s", set, strings.Join(format.Names(), ", "))
	}
	if len(columns) == 0 {
		return nil
	}
	for _, name := range columns {
		if name != strings.TrimSpace(name) {
			return daemon.Usagef("--columns: %q begins or ends with a blank", name)
		}
	}
	if err := format.CheckColumns(columns); err != nil {
		return daemon.Usagef("--columns: %w", err)
	}
	switch format.Format(set) {
	case format.NDJSON, format.JSON, format.Text:
		return daemon.Usagef("--columns are those of csv and tsv files, and --input-format is %s; leave one out", set)
	case format.Auto, format.CSV, format.TSV, format.Documents:
	}
	return nil
}
