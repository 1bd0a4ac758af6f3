package pipeline

import (
	"testing"

	"github.com/millrace/millrace/services/millrace/internal/bench/standtest"
)

func TestMain(m *testing.M) { standtest.Main(m) }
