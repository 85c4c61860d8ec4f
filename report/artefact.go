package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"
)

// Artefact is one file of a published edition.
type Artefact struct {
	Name     string
	Data     []byte
	Modified time.Time // the date of the edition, whenever it was made (G4)
}

// Artefacts returns the files of an edition: index.html, report.json and their
// hashes in SHA256SUMS, as sha256sum(1) checks them.
func Artefacts(e Edition) ([]Artefact, error) {
	released, err := time.Parse(time.DateOnly, e.Released)
	if err != nil {
		return nil, fmt.Errorf("edition %d: date of release: %w", e.Number, err)
	}
	var page, report, sums bytes.Buffer
	if err := WriteHTML(&page, e); err != nil {
		return nil, err
	}
	if err := WriteJSON(&report, e); err != nil {
		return nil, err
	}
	files := []Artefact{{"index.html", page.Bytes(), released}, {"report.json", report.Bytes(), released}}
	for _, f := range files {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(f.Data), f.Name)
	}
	return append(files, Artefact{"SHA256SUMS", sums.Bytes(), released}), nil
}
