package samples_test

import (
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/millrace/internal/samples"
)

func TestAll(t *testing.T) {
	all, err := samples.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 200 {
		t.Errorf("there are %d samples, and 200 are promised", len(all))
	}
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, s := range all {
		if _, err := sql.Compile(s.SQL, cat); err != nil {
			t.Errorf("%s: %v", s.ID, err)
		}
		if s.Owner == "" || len(s.Labels) == 0 {
			t.Errorf("%s belongs to nobody", s.ID)
		}
		if other, twice := texts[s.SQL]; twice {
			t.Errorf("%s asks what %s asks", s.ID, other)
		}
		texts[s.SQL] = s.ID
	}
	if all[0].Owner != "newsroom" || all[0].Labels["topic"] != "pulse" {
		t.Errorf("the first belongs to %+v", all[0])
	}
}
