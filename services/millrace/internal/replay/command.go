package replay

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
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
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return daemon.Usagef("nothing to replay: name files of JSON lines, as in `millrace replay tweets.ndjson.gz --to inbox`")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c.Files = args
			if c.To == "" {
				return daemon.Usagef("where to? name the folder to write into with --to, as in --to inbox")
			}
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
	f.StringVar(&c.To, "to", "", "folder to write into; it is made if it is missing")
	f.StringVar(&speed, "speed", "1x", `how many times as fast as it was, or "max" for no waiting`)
	f.StringVar(&c.Field, "field", "created_at", "field that holds the time of a line")
	return cmd
}

// parseSpeed reads "60x", "0.5" or "max", which is 0.
func parseSpeed(s string) (float64, error) {
	if s == "max" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(n > 0) || n > 1e9 {
		return 0, daemon.Usagef(`--speed: %q is not allowed here; allowed: a number above 0 such as 60x, or max`, s)
	}
	return n, nil
}
