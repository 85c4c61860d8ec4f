package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes the edition in its own schema, public-report/1 (see
// docs/schemas/public-report-1.json).
func WriteJSON(w io.Writer, e Edition) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("edition %d as JSON: %w", e.Number, err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
