// Package phish measures how well spear-phishing is found: on real mail in
// neutral form, on synthetic lures and their benign twins, and in replays of
// an organisation's history.
package phish

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Mail is one mail of a set, as it lies there.
type Mail struct {
	Set, File string
	Label     string // phish, ham, spam
	Category  string // of phish its topic; of ham whose mail it is, for replays
	Year      int    // of its Date field; 0: not stated
	Cluster   string // of near-duplicates, of phish only; "" none
	Raw       []byte
}

// Sets reads the development sets in a directory that has the form of
// shared/data/mail: index.tsv and the folders it names. It calls f for each
// mail, in the order of the index.
func Sets(dir string, f func(Mail) error) error {
	index, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		return fmt.Errorf("reading the sets of mail: %w", err)
	}
	defer index.Close()
	lines := bufio.NewScanner(index)
	for n := 0; lines.Scan(); n++ {
		col := strings.Split(lines.Text(), "\t")
		if n == 0 || len(col) < 4 || !filepath.IsLocal(col[0]) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, col[0], filepath.Base(col[1])))
		if err != nil {
			return fmt.Errorf("%s line %d: %w", index.Name(), n+1, err)
		}
		m := Mail{Set: col[0], File: col[1], Label: col[2], Category: col[3], Raw: raw}
		if len(col) > 6 {
			m.Year, _ = strconv.Atoi(col[4]) // what is no number is not stated
			m.Cluster = col[6]
		}
		if err := f(m); err != nil {
			return err
		}
	}
	return lines.Err()
}

// Bulk reads the ham of lists that lies packed beside the sets, in neutral form
// already, and calls f for each mail.
func Bulk(dir string, f func(Mail) error) error {
	packed, err := os.Open(filepath.Join(dir, "ham-bulk-dev.tar.zst"))
	if err != nil {
		return fmt.Errorf("reading the bulk of ham: %w", err)
	}
	defer packed.Close()
	z, err := zstd.NewReader(packed)
	if err != nil {
		return fmt.Errorf("reading the bulk of ham: %w", err)
	}
	defer z.Close()
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading the bulk of ham: %w", err)
		case h.Typeflag != tar.TypeReg:
			continue
		}
		raw, err := io.ReadAll(t)
		if err != nil {
			return fmt.Errorf("reading %s: %w", h.Name, err)
		}
		if err := f(Mail{Set: "ham-bulk-dev", File: h.Name, Label: "ham", Category: strings.SplitN(filepath.Base(h.Name), "-", 2)[0], Raw: raw}); err != nil {
			return err
		}
	}
}
