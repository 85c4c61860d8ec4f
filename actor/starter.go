package actor

import (
	"bytes"
	_ "embed"
	"fmt"
)

//go:embed starter.yaml
var starterFile []byte

// Starter returns a new base with the actors that this project is about and
// their neighbours, written by us from public reports (docs/attribution.md).
func Starter() *Base {
	b := New()
	if _, err := AddStarter(b); err != nil {
		panic(fmt.Sprintf("actor: the embedded starter base: %v", err)) // a build that no test let pass
	}
	return b
}

// AddStarter imports the starter base into another. One that holds it already
// stays as it is.
func AddStarter(b *Base) (Imported, error) {
	return b.Import("starter.yaml", bytes.NewReader(starterFile))
}
