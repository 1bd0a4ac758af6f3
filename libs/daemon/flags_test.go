package daemon

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

type testSettings struct {
	brokers  []string
	watch    string
	maxLine  int64
	rescan   time.Duration
	count    int
	level    string
	follow   bool
	password string
}

func testFlags(s *testSettings) *Flags {
	f := NewFlags("test")
	f.List(&s.brokers, "brokers", []string{"localhost:9092"}, "brokers")
	f.String(&s.watch, "watch", "in", "folder")
	f.Size(&s.maxLine, "max-line", 1<<20, 1<<10, 8<<20, "longest line")
	f.Duration(&s.rescan, "rescan", time.Second, time.Millisecond, time.Hour, "rescan")
	f.Int(&s.count, "count", 3, 1, 9, "count")
	f.Choice(&s.level, "level", "info", []string{"debug", "info"}, "level")
	f.Bool(&s.follow, "follow", false, "follow")
	f.Secret(&s.password, "password", "password")
	return f
}

func env(pairs map[string]string) LookupEnv {
	return func(name string) (string, bool) {
		v, ok := pairs[name]
		return v, ok
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "millrace.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrecedence(t *testing.T) {
	path := writeFile(t, "# settings\nwatch: from-file\nmax-line: 2MiB\nbrokers:\n  - f1:1\n  - f2:2\ncount: 7\nfollow: yes\nlevel: null\n")
	var s testSettings
	err := testFlags(&s).Parse(
		[]string{"--count", "5", "--config=" + path},
		env(map[string]string{"MILLRACE_WATCH": "from-env", "MILLRACE_COUNT": "6", "MILLRACE_MAX_LINE": "", "MILLRACE_PASSWORD": "pw"}))
	if err != nil {
		t.Fatal(err)
	}
	want := testSettings{
		brokers: []string{"f1:1", "f2:2"}, watch: "from-env", maxLine: 2 << 20, rescan: time.Second,
		count: 5, level: "info", follow: true, password: "pw",
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v\nwant %+v", s, want)
	}
}

func TestLists(t *testing.T) {
	for _, test := range []struct {
		args []string
		env  string
		want []string
	}{
		{nil, "", []string{"localhost:9092"}},
		{nil, " a:1 ,b:2,", []string{"a:1", "b:2"}},
		{[]string{"--brokers", "a:1", "--brokers", "b:2,c:3"}, "d:4", []string{"a:1", "b:2", "c:3"}},
	} {
		var s testSettings
		if err := testFlags(&s).Parse(test.args, env(map[string]string{"MILLRACE_BROKERS": test.env})); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s.brokers, test.want) {
			t.Errorf("%v, %q: got %q, want %q", test.args, test.env, s.brokers, test.want)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		env  map[string]string
		file string
		want string
	}{
		{name: "unknown flag", args: []string{"--broker", "x"}, want: "unknown flag --broker, did you mean --brokers?"},
		{name: "nothing near", args: []string{"--zzzzzzzz"}, want: "unknown flag --zzzzzzzz (see --help)"},
		{name: "argument", args: []string{"folder"}, want: `unexpected argument "folder": this program takes flags only (see --help)`},
		{name: "no value", args: []string{"--watch"}, want: "--watch wants a value (text)"},
		{name: "size", args: []string{"--max-line=tiny"}, want: `--max-line: "tiny" is not allowed here; allowed: a size from 1KiB to 8MiB, such as 64KiB or 1MiB`},
		{name: "range", args: []string{"--count", "10"}, want: `--count: "10" is not allowed here; allowed: a whole number from 1 to 9`},
		{name: "env", env: map[string]string{"MILLRACE_RESCAN": "5"}, want: `MILLRACE_RESCAN: "5" is not allowed here; allowed: a duration from 1ms to 1h0m0s, such as 500ms, 10s, 2h`},
		{name: "file value", file: "watch: x\nlevel: loud\n", want: `FILE:2: level: "loud" is not allowed here; allowed: debug, info`},
		{name: "file name", file: "whatch: x\n", want: `FILE:1: unknown setting "whatch", did you mean watch?`},
		{name: "file shape", file: "- a\n", want: "FILE: line 1: expected settings as name: value"},
		{name: "file nested", file: "watch:\n  a: b\n", want: "FILE: line 1: watch: expected a single value or a list, found Mapping"},
		{name: "bool", args: []string{"--follow=maybe"}, want: `--follow: "maybe" is not allowed here; allowed: true or false`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s testSettings
			args := test.args
			if test.file != "" {
				path := writeFile(t, test.file)
				args = append(args, "--config", path)
				test.want = strings.ReplaceAll(test.want, "FILE", path)
			}
			err := testFlags(&s).Parse(args, env(test.env))
			if err == nil || err.Error() != test.want {
				t.Fatalf("got  %v\nwant %s", err, test.want)
			}
			if ExitCode(err) != ExitUsage {
				t.Errorf("exit code %d, want %d", ExitCode(err), ExitUsage)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "65536": 65536, "64KiB": 65536, "64k": 65536, "1.5MiB": 3 << 19, "10MB": 1e7, "2 GiB": 2 << 30, "7b": 7,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-1", "1.5.2MiB", "99999999999TiB", "nan", "1e40"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
	for _, n := range []int64{0, 1, 1023, 1024, 1 << 20, 3 << 19, 5 << 40, 1<<20 + 1} {
		if got, err := ParseSize(FormatSize(n)); err != nil || got != n {
			t.Errorf("ParseSize(FormatSize(%d)) = %d, %v", n, got, err)
		}
	}
}

func TestSharedGroupsAreChecked(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{"--brokers", "localhost"}, `--brokers: "localhost" is not allowed here; allowed: host:port, such as 127.0.0.1:9092`},
		{[]string{"--brokers", ","}, "--brokers is empty"},
		{[]string{"--redis", "x:99999"}, "--redis: "},
		{[]string{"--listen", "9000"}, "--listen: "},
		{[]string{"--listen", ""}, ""},
		{[]string{"--sasl-mechanism", "plain"}, "--sasl-user"},
		{[]string{"--sasl-mechanism", "md5"}, "allowed: plain, scram-sha-256, scram-sha-512"},
		{[]string{"--sasl-user", "u"}, "--sasl-mechanism must be given too"},
		{[]string{"--tls-cert", "x"}, "--tls-cert and --tls-key go together"},
		{[]string{"--redis-tls-ca", "/does/not/exist"}, "--redis-tls-ca"},
		{[]string{"--max-line", "65MiB"}, "--max-line"},
	} {
		var (
			k      KafkaSettings
			r      RedisSettings
			topics TopicSettings
			listen string
		)
		f := NewFlags("test")
		f.Kafka(&k)
		f.Redis(&r)
		f.Topics(&topics)
		f.Listen(&listen, 9000, "listen")
		err := f.Parse(test.args, env(nil))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%q: %v", test.args, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || ExitCode(err) != ExitUsage):
			t.Errorf("%q: got %v, want a usage error with %q", test.args, err, test.want)
		}
	}
}

func TestTopicSettingsFollowMaxLine(t *testing.T) {
	var topics TopicSettings
	f := NewFlags("test")
	f.Topics(&topics)
	if err := f.Parse([]string{"--max-line=16MiB", "--partitions", "2", "--tweets-retention=0"}, env(nil)); err != nil {
		t.Fatal(err)
	}
	layout := topics.Layout()
	if layout.MaxMessageBytes <= 16<<20 || layout.Partitions != 2 || layout.TweetsRetention >= 0 {
		t.Errorf("layout %+v", layout)
	}
	topics.MaxLine = 1 << 20
	if got := topics.MaxRecordBytes(); got != 4<<20 {
		t.Errorf("MaxRecordBytes %d for lines of 1 MiB, want 4 MiB", got)
	}
}
