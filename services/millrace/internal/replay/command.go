package replay

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Command returns `millrace replay`.
func Command() *cobra.Command {
	var c Config
	var speed string
	cmd := &cobra.Command{
		Use:   "replay FILE… --to DIR",
		Short: "Copy recorded posts into a folder at the pace of their times",
		Long: "Copy recorded posts, one JSON document per line, into a folder at the pace of their created_at,\n" +
			"as a plain file that grows. Inputs may be compressed (.gz, .zst) and follow one another.",
		Example: "  millrace replay --speed 60x tweets.ndjson.gz --to incoming",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c.Files = args
			if c.Speed, err = parseSpeed(speed); err != nil {
				return err
			}
			begun := time.Now()
			stats, err := Run(cmd.Context(), c)
			if stats.Lines > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "replayed %d lines, %.1f MB, in %v\n",
					stats.Lines, float64(stats.Bytes)/1e6, time.Since(begun).Round(time.Millisecond))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.To, "to", "", "folder to write into")
	f.StringVar(&speed, "speed", "1x", `how many times as fast as it was, or "max" for no waiting`)
	f.StringVar(&c.Field, "field", "created_at", "field that holds the time of a line")
	_ = cmd.MarkFlagRequired("to") // fails for unknown names only
	return cmd
}

// parseSpeed reads "60x", "0.5" or "max", which is 0.
func parseSpeed(s string) (float64, error) {
	if s == "max" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(n > 0) || n > 1e9 {
		return 0, fmt.Errorf(`--speed %q: want a number above 0 like 60x, or "max"`, s)
	}
	return n, nil
}
