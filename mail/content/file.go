package content

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// fileVersion numbers the form of a model file.
const fileVersion = 1

// maxFile bounds a model file: 300 KB are what ships, a customer's may be
// larger.
const maxFile = 8 << 20

// file is a model as it is kept: names and weights to read, words as base64.
type file struct {
	Version int                `json:"v"`
	Trained string             `json:"trained"`
	Bias    float32            `json:"bias"`
	Form    map[string]float32 `json:"form"`
	Scale   float32            `json:"scale,omitempty"`
	Words   []byte             `json:"words,omitempty"` // int8 by bucket
}

// Write writes the model as one JSON object.
func (m *Model) Write(w io.Writer) error {
	f := file{fileVersion, m.Trained, m.Bias, m.Form, m.Scale, make([]byte, len(m.Words))}
	for i, x := range m.Words {
		f.Words[i] = byte(x)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(f)
}

// Read reads a model that [Model.Write] wrote.
func Read(r io.Reader) (*Model, error) {
	var f file
	d := json.NewDecoder(io.LimitReader(r, maxFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("reading a content model: %w", err)
	}
	switch {
	case f.Version != fileVersion:
		return nil, fmt.Errorf("reading a content model: version %d, and this program reads %d", f.Version, fileVersion)
	case len(f.Words)&(len(f.Words)-1) != 0:
		return nil, errors.New("reading a content model: the number of words is no power of two")
	}
	m := &Model{Trained: f.Trained, Bias: f.Bias, Form: f.Form, Scale: f.Scale, Words: make([]int8, len(f.Words))}
	for i, b := range f.Words {
		m.Words[i] = int8(b)
	}
	return m, nil
}
