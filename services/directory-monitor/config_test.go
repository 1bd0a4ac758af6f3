package monitor

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
)

// A folder that is reached by a link is the same folder, with the same progress.
func TestTheNameIsTheFoldersOwn(t *testing.T) {
	dir := t.TempDir()
	folder, link := filepath.Join(dir, "folder"), filepath.Join(dir, "link")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, watch := range []string{folder, link, folder + "/../link/."} {
		c := Config{Watch: watch, Kafka: kafka.Config{Brokers: []string{"127.0.0.1:1"}}}
		if err := c.normalize(); err != nil {
			t.Fatal(err)
		}
		names = append(names, c.Name)
	}
	if names[0] != names[1] || names[0] != names[2] {
		t.Errorf("one folder has the names %v", names)
	}
}
