package phish

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes the whole result as one object (docs/benchmark-mail.md).
// Fields may be added; none is renamed or removed.
func (r *Result) WriteJSON(w io.Writer) error {
	record := struct {
		V    int    `json:"v"`
		Type string `json:"type"`
		*Result
	}{1, "bench_mail", r}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(record); err != nil {
		return fmt.Errorf("writing the benchmark: %w", err)
	}
	return nil
}
