package content

import (
	"bytes"
	_ "embed"
	"sync"
)

//go:embed model.json
var shipped []byte

// Default is the model that ships with the program. docs/detection/mail-content.md
// says on what it was trained and what that is worth. It must not be changed.
var Default = sync.OnceValue(func() *Model {
	m, err := Read(bytes.NewReader(shipped))
	if err != nil {
		panic(err) // model.json is part of the program; a test reads it
	}
	return m
})
