package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder notes what is written when.
type recorder struct {
	begun time.Time
	log   []string
}

func (r *recorder) Write(b []byte) (int, error) {
	if len(b) > 0 {
		r.log = append(r.log, fmt.Sprintf("%v %d", time.Since(r.begun), bytes.Count(b, []byte("\n"))))
	}
	return len(b), nil
}

func post(seconds int, text string) string {
	at := time.Date(2016, 10, 1, 0, 0, seconds, 0, time.UTC)
	return fmt.Sprintf(`{"user":{"created_at":"never"},"created_at":%q,"text":%q}`, at.Format(time.RubyDate), text) + "\n"
}

func TestPace(t *testing.T) {
	in := post(0, "a") + post(0, "b") + "no JSON\n" + post(60, "c") + post(30, "late") + `{"text":"no time"}` + "\n" + post(180, "d")
	for _, c := range []struct {
		speed float64
		want  string
	}{
		{60, "[0s 3 1s 3 3s 1]"},
		{120, "[0s 3 500ms 3 1.5s 1]"},
		{1e6, "[0s 7]"},
		{0, "[0s 7]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			out := &recorder{begun: time.Now()}
			p := pacer{speed: c.speed, field: "created_at", out: out, stats: new(Stats)}
			if err := p.copy(t.Context(), strings.NewReader(in)); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(out.log); got != c.want {
				t.Errorf("at %vx: wrote %s, want %s", c.speed, got, c.want)
			}
		})
	}
}

func TestCancelStopsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		out := &recorder{begun: time.Now()}
		p := pacer{speed: 1, field: "created_at", out: out, stats: new(Stats)}
		err := p.copy(ctx, strings.NewReader(post(0, "a")+post(3600, "b")))
		if !errors.Is(err, context.DeadlineExceeded) || fmt.Sprint(out.log) != "[0s 1]" {
			t.Errorf("got %v after %v", err, out.log)
		}
	})
}

func TestCopiesBytesAsTheyAre(t *testing.T) {
	var content bytes.Buffer
	for i := range 5000 {
		content.WriteString(post(i, strings.Repeat("x", i%900)))
	}
	content.WriteString("\n\r\n\xff\xfe binary \x00\n" + strings.Repeat("long", 1<<20) + "\n" + "unterminated")
	from, to := t.TempDir(), t.TempDir()
	plain := filepath.Join(from, "plain.ndjson")
	write(t, plain, func(w io.Writer) io.WriteCloser { return nopCloser{w} }, content.Bytes())
	write(t, filepath.Join(from, "gzip.ndjson.gz"), func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, content.Bytes())
	write(t, filepath.Join(from, "zstd.ndjson.zst"), func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}, content.Bytes())

	cmd := Command()
	var log bytes.Buffer
	cmd.SetErr(&log)
	cmd.SetArgs([]string{"--speed", "max", "--to", to, plain, filepath.Join(from, "gzip.ndjson.gz"), filepath.Join(from, "zstd.ndjson.zst")})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain.ndjson", "gzip.ndjson", "zstd.ndjson"} {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, content.Bytes()) {
			t.Errorf("%s differs from its input: %d bytes of %d", name, len(got), content.Len())
		}
	}
	if want := "replayed 15015 lines,"; !strings.HasPrefix(log.String(), want) {
		t.Errorf("said %q, want %q", log.String(), want)
	}
}

func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "posts.ndjson")
	write(t, file, func(w io.Writer) io.WriteCloser { return nopCloser{w} }, []byte(post(0, "a")))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{file}, "where to? name the folder"},
		{[]string{"--to", dir}, "nothing to replay: name files"},
		{[]string{"--to", dir, file}, file + " exists already: remove it or name another folder"},
		{[]string{"--to", file, file}, file + " is a file: name a folder"},
		{[]string{"--to", dir, dir + "/none.ndjson"}, "no such file or directory"},
		{[]string{"--to", dir, "--speed", "fast", file}, `--speed: "fast" is not allowed here; allowed: a number above 0 such as 60x, or max`},
		{[]string{"--to", dir, "--speed", "0x", file}, `--speed: "0x" is not allowed here`},
	} {
		cmd := Command()
		cmd.SetArgs(c.args)
		cmd.SetErr(io.Discard)
		cmd.SetOut(io.Discard)
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("replay %v: error %v, want %s", c.args, err, c.want)
		}
	}
}

// A folder that is missing is made, but not for a file that is missing too.
func TestMakesFolder(t *testing.T) {
	dir := t.TempDir()
	to, file := filepath.Join(dir, "a", "b"), filepath.Join(dir, "posts.ndjson")
	write(t, file, func(w io.Writer) io.WriteCloser { return nopCloser{w} }, []byte(post(0, "a")))
	if _, err := Run(t.Context(), Config{Files: []string{dir + "/none"}, To: to}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
	if stats, err := Run(t.Context(), Config{Files: []string{file}, To: to}); err != nil || stats.Lines != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestTimeOf(t *testing.T) {
	want := time.Date(2016, 10, 1, 12, 0, 5, 0, time.UTC)
	for line, ok := range map[string]bool{
		`{"created_at":"Sat Oct 01 12:00:05 +0000 2016"}`:                            true,
		`{"created_at":"2016-10-01T12:00:05.000Z"}`:                                  true,
		`{"created_at":"2016-10-01 12:00:05"}`:                                       true,
		`{"user":{"created_at":"2016-10-01T12:00:05Z"}}`:                             false,
		`{"created_at":1475280000}`:                                                  false,
		`{"created_at":"soon"}`:                                                      false,
		`{"retweeted_status":{"created_at":"x"},"created_at":"2016-10-01 12:00:05"}`: true,
		`{"created_at":"2016-10-01 12:00:05"`:                                        false,
		`[]`:                                                                         false,
		``:                                                                           false,
	} {
		got, has := timeOf([]byte(line), "created_at")
		if has != ok || ok && !got.Equal(want) {
			t.Errorf("%s: got %v %v, want %v", line, got, has, ok)
		}
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func write(t *testing.T, name string, wrap func(io.Writer) io.WriteCloser, content []byte) {
	t.Helper()
	var buf bytes.Buffer
	w := wrap(&buf)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
