package letter

import (
	"math/rand/v2"
	"testing"
	"time"
)

func open(t testing.TB) *Book {
	t.Helper()
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDebug(t *testing.T) {
	b := open(t)
	for i := range b.Families {
		f := &b.Families[i]
		r := rand.New(rand.NewPCG(uint64(i), 3))
		l := b.Write(r, f, b.Scene(r, time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC), f.Language), Choice{})
		t.Logf("%s\n%s\n------------", f.ID, l.Plain())
	}
}
