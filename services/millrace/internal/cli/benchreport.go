package cli

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/bench/report"
)

func benchReportCommand() *cobra.Command {
	var docs string
	var byCPU bool
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Draw charts and fill in tables from what bench scan measured",
		Long: "Reads what docs/bench.sh measured, NAME.jsonl and profile-N.prof in DIR, and writes charts/*.svg below --docs and\n" +
			"the tables of performance.md there, each between <!-- bench:NAME --> and <!-- /bench:NAME -->. What DIR does\n" +
			"not have stays as it is. Nothing is measured.",
		Example: "  docs/bench.sh bench-results && millrace bench report bench-results",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return daemon.Usagef("one folder is wanted: millrace bench report DIR")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			results, err := report.Read(args[0], byCPU)
			if err != nil {
				return daemon.Usagef("%w", err)
			}
			written, err := writeReport(results, docs)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), strings.Join(written, "\n"))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&docs, "docs", "docs", "`FOLDER` with performance.md and charts/")
	cmd.Flags().BoolVar(&byCPU, "cpu", false, "speeds are per second of processor time, which others' work disturbs least")
	return cmd
}

// writeReport returns what it wrote, a line for each file.
func writeReport(results *report.Results, docs string) (written []string, err error) {
	path := filepath.Join(docs, "performance.md")
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, daemon.Usagef("--docs: %w", err)
	}
	filled, names, err := results.Fill(string(document))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	charts := results.Charts()
	folder := filepath.Join(docs, "charts")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(charts)) {
		file := filepath.Join(folder, name+".svg")
		if err := os.WriteFile(file, charts[name], 0o644); err != nil {
			return nil, err
		}
		written = append(written, file)
	}
	if !bytes.Equal(document, []byte(filled)) {
		if err := os.WriteFile(path, []byte(filled), 0o644); err != nil {
			return nil, err
		}
	}
	return append(written, path+": "+strings.Join(names, ", ")), nil
}
