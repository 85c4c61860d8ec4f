package signin

import (
	"io"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// Share lets several decoders of one format read a text side by side, in as
// many goroutines: each decodes a source of its own, and together they yield
// what one yields of the text, each record once. head is how the text begins.
// It returns nil where the format reads records by those around them or where
// head shows no place at which the text could be cut.
func (f Format) Share(head []byte, text io.Reader) (source func() io.Reader) {
	if !f.Apart || !jsonscan.Splits(head) {
		return nil
	}
	return jsonscan.NewShared(text).Source
}
