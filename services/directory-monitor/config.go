package monitor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/directory-monitor/internal/format"
	"github.com/millrace/millrace/services/directory-monitor/internal/publish"
)

// Defaults of a [Config].
const (
	DefaultSettle  = 2 * time.Second
	DefaultRescan  = 5 * time.Second
	DefaultCommit  = 100 * time.Millisecond
	DefaultMaxLine = daemon.DefaultMaxLine
)

// A Kafka record holds this much, unless a single line is longer.
const (
	batchTarget = 512 << 10
	batchMost   = 1 << 20
	// recordRoom is what a record may need besides its longest line.
	recordRoom = 1 << 20
)

// maxCommit bounds the time between commits: a transaction holds back every
// reader of the topic, for half a second at most.
const maxCommit = 250 * time.Millisecond

// Config is what a monitor needs. Watch or Inputs must be given, and
// Kafka.Brokers; all else has a default.
type Config struct {
	// Watch is the folder to watch. While it does not exist the monitor waits.
	Watch string
	// Inputs are files, and folders of files, to read to their end: Run returns
	// when they are committed. Broken files become dead letters and do not stop it.
	Inputs []string
	// EndOfInput, with Inputs, marks the end of the input on every partition of
	// the tweets topic, in the transaction of the last lines.
	EndOfInput bool
	// Progress, with Inputs, is told now and then how far they are read. It must
	// not block.
	Progress func(Progress)

	// Name tells monitors apart; of those with the same name only the last one
	// started runs on, from where the one before it was. Empty: made from the
	// absolute path of Watch; needed with Inputs, where a run that was completed
	// is not done again under the same name.
	Name string

	Kafka  kafka.Config
	Layout kafka.Layout // of topics that do not exist yet

	// InputFormat is how the files are written: auto (by their names; the default),
	// ndjson, json, csv, tsv or text. Columns are those of csv and tsv files without
	// a header.
	InputFormat string
	Columns     []string

	// Stream is whose documents these are, and says to which topic they go; nil: tweets.
	// What its Format and Columns say of files holds unless InputFormat or Columns say
	// otherwise. Its topic is one of Layout, or there already.
	Stream *catalog.Stream

	// declaredAs is the name of a stream that is declared while services run; declared is
	// its record: then Stream's topic is none of Layout.
	declaredAs string
	declared   *wire.Stream

	MaxLine int           // longest record, and document, in bytes that is taken
	Settle  time.Duration // how long a file stays unchanged before its end is taken
	Rescan  time.Duration // how often the folder is looked through, events apart
	Commit  time.Duration // least time between commits; at most 250 ms

	Log     *slog.Logger
	Clock   daemon.Clock
	Metrics *metrics.Registry // may be nil
	Ready   *daemon.Readiness // gets the conditions "folder" and "kafka"

	// wrap replaces the transactions, so that tests can make them fail.
	wrap func(publish.Transactions) publish.Transactions
}

// Progress says how far the Inputs are.
type Progress struct {
	Read, Total int64 // bytes of the files as they are (compressed)
	Documents   int64 // documents committed
	DeadLetters int64 // records and files committed as dead letters
	DeadFiles   int64 // of these, files: broken ones, and those that are refused
}

// normalize checks the settings and fills in the defaults.
func (c *Config) normalize() error {
	if (c.Watch == "") == (len(c.Inputs) == 0) {
		return daemon.Usagef("--watch is empty: give the folder to watch, as in --watch /data/in")
	}
	if c.Name == "" && c.Watch == "" {
		return daemon.Usagef("inputs need a name")
	}
	if c.Watch != "" {
		abs, err := filepath.Abs(c.Watch)
		if err != nil {
			return daemon.Usagef("--watch: %w", err)
		}
		// The name follows from the folder, so the folder must have one spelling:
		// two monitors that each know it by another would not fence each other.
		if resolved, err := filepath.EvalSymlinks(abs); err == nil {
			abs = resolved
		}
		c.Watch = abs
	}
	if c.Name == "" {
		of := c.Watch
		if c.declaredAs != "" {
			of = c.declaredAs + "=" + of // another stream's progress in the same folder
		}
		sum := sha256.Sum256([]byte(of))
		c.Name = hex.EncodeToString(sum[:8])
	}
	if !regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`).MatchString(c.Name) {
		return daemon.Usagef("--name: %q is not allowed here; allowed: 1 to 64 letters, digits, '.', '_' and '-'", c.Name)
	}
	if err := CheckInput(c.InputFormat, c.Columns); err != nil {
		return err
	}
	if c.declaredAs == "" {
		c.Layout = c.Layout.With(c.topic())
	}
	fill(&c.MaxLine, DefaultMaxLine)
	fill(&c.Settle, DefaultSettle)
	fill(&c.Rescan, DefaultRescan)
	fill(&c.Commit, DefaultCommit)
	if c.MaxLine < 0 || c.Settle < 0 || c.Rescan < 0 || c.Commit < 0 || c.Commit > maxCommit {
		return daemon.Usagef("line limit %d, settle %s, rescan %s, commit %s: must be positive, commit at most %s", c.MaxLine, c.Settle, c.Rescan, c.Commit, maxCommit)
	}
	return c.normalizeServices()
}

// normalizeServices is the part of normalize that is about what is around the monitor.
func (c *Config) normalizeServices() error {
	fill(&c.MaxLine, DefaultMaxLine)
	fill(&c.Layout.MaxMessageBytes, max(kafka.DefaultMaxRecordBytes, c.MaxLine+recordRoom))
	fill(&c.Kafka.MaxRecordBytes, c.Layout.MaxMessageBytes)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = daemon.RealClock{}
	}
	if err := c.Kafka.Validate(); err != nil {
		return daemon.Usagef("%w", err)
	}
	return nil
}

// formats are the settings that say how files are read.
func (c *Config) formats() (format.Settings, error) {
	set := format.Settings{Format: format.Format(c.InputFormat), Columns: c.Columns, Stream: c.Stream}
	if c.Stream == nil {
		streams, err := catalog.Default()
		if err != nil {
			return format.Settings{}, err
		}
		stream, ok := streams.Stream(tweets)
		if !ok {
			return format.Settings{}, fmt.Errorf("there is no stream %s in the catalog", tweets)
		}
		set.Stream = stream
		return set, nil
	}
	if set.Format == "" || set.Format == format.Auto {
		set.Format = formatOf(c.Stream)
	}
	if len(set.Columns) == 0 && !c.Stream.Header && (set.Format == format.CSV || set.Format == format.TSV) {
		for i := range c.Stream.Columns {
			if field, ok := ddl.FlatField(&c.Stream.Columns[i]); ok {
				set.Columns = append(set.Columns, field)
			}
		}
	}
	return set, nil
}

// formatOf returns how the files of a stream are written.
func formatOf(s *catalog.Stream) format.Format {
	switch s.Format {
	case ddl.FormatJSON:
		return format.Documents
	case ddl.FormatCSV:
		return format.CSV
	case ddl.FormatTSV:
		return format.TSV
	case ddl.FormatText:
		return format.Text
	default:
		return format.Auto
	}
}

// topic is where the documents go.
func (c *Config) topic() string {
	if c.Stream == nil {
		return kafka.TopicTweets
	}
	return c.Stream.Topic
}

// condition names a condition of readiness, of a monitor of its own stream.
func (c *Config) condition(name string) string {
	if c.declaredAs == "" {
		return name
	}
	return name + " " + Watch{Stream: c.declaredAs, Folder: c.Watch}.String()
}

// tweets is the stream whose documents are read.
const tweets = "tweets"

// fill sets a setting that was not given.
func fill[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// transactionalID is the name under which Kafka tells monitors apart.
func (c *Config) transactionalID() string { return "millrace-directory-monitor-" + c.Name }

// keyPrefix begins the keys of this monitor's records in millrace.files.
func (c *Config) keyPrefix() string { return c.Name + "/" }
