package attribution

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pumphandle/pumphandle/actor"
)

func attackBase(t testing.TB) *actor.Base {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/data/actors", "enterprise-attack-18.1-actors.stix20.json"))
	if err != nil {
		t.Skip("skipped: the figures need ATT&CK, which is not here")
	}
	defer f.Close()
	b := actor.New()
	if _, err := b.Import("attack", f); err != nil {
		t.Fatal(err)
	}
	return b
}

// The figures that are promised, on public knowledge.
func TestFiguresAreMet(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: half a minute of measuring")
	}
	r, err := Run(attackBase(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.WriteTable(os.Stdout)
	for _, f := range r.Figures {
		if !f.Met {
			t.Errorf("%s: %g, wanted %s", f.What, f.Got, f.Want)
		}
	}
}
