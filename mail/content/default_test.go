package content_test

import (
	"testing"

	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// Fails if the model that ships cannot be read, is larger than what we ship, or
// was trained on signals that are no more: a weight that nothing can ever use.
func TestDefaultModelFitsTheProgram(t *testing.T) {
	const most = 300_000
	if n := content.DefaultSize(); n > most {
		t.Errorf("model.json has %d bytes, and %d are the most", n, most)
	}
	m := content.Default()
	if m.Trained == "" || len(m.Form) < 50 || len(m.Words) == 0 {
		t.Fatalf("model.json holds little: trained on %q, %d weights of form, %d of words", m.Trained, len(m.Form), len(m.Words))
	}
	known := signal.Priors()
	for name, w := range m.Form {
		p, ok := known[name]
		switch {
		case !ok:
			t.Errorf("there is a weight for %q, and no such signal", name)
		case float32(p.Sign)*w < 0:
			t.Errorf("%s weighs %.2f, against its prior", name, w)
		}
	}
}
