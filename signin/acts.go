package signin

import (
	"bytes"
	"embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

//go:embed acts/*.yaml
var actFiles embed.FS

// actTable lists the acts of one audit log that an intruder does after a
// sign-in. It is read from acts/NAME.yaml and does not change afterwards.
type actTable struct {
	paths []string         // all conditions, as jsonscan paths
	any   map[string][]int // operation → conditions by index in paths; none: always
}

// actFile is the form of acts/NAME.yaml.
type actFile struct {
	Source string `yaml:"source"`
	Acts   []struct {
		Operation string   `yaml:"operation"`
		Technique string   `yaml:"technique"` // of ATT&CK
		Any       []string `yaml:"any"`
	} `yaml:"acts"`
}

// mustActs loads the acts of these files together: those of a provider, and
// those of a directory that two logs tell of. Like the codes they are part of the
// program.
func mustActs(names ...string) *actTable {
	t := &actTable{any: map[string][]int{}}
	for _, name := range names {
		text, err := actFiles.ReadFile("acts/" + name + ".yaml")
		if err == nil {
			err = t.add(text)
		}
		if err != nil {
			panic(fmt.Sprintf("acts/%s.yaml: %v", name, err))
		}
	}
	return t
}

// add puts the acts of a file into t.
func (t *actTable) add(text []byte) error {
	var file actFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return err
	}
	if file.Source == "" {
		return fmt.Errorf("no source")
	}
	for _, a := range file.Acts {
		if _, dup := t.any[a.Operation]; dup || a.Operation == "" || a.Technique == "" {
			return fmt.Errorf("act %q stands twice or lacks its operation or technique", a.Operation)
		}
		var any []int
		for _, path := range a.Any {
			any = append(any, len(t.paths))
			t.paths = append(t.paths, path)
		}
		t.any[a.Operation] = any
	}
	return nil
}

// has reports whether the record of an operation is such an act; the fields of
// t.paths begin at index first in it.
func (t *actTable) has(operation string, rec *jsonscan.Record, first int) bool {
	any, ok := t.any[bareOperation(operation)]
	if !ok || len(any) == 0 {
		return ok
	}
	for _, i := range any {
		if v := rec.Text(first + i); v != "" && v != "[]" { // the directory writes an empty list as "[]"
			return true
		}
	}
	return false
}

// bareOperation returns an operation without what the directory puts behind the
// names of some: a full stop, a space.
func bareOperation(operation string) string { return strings.TrimRight(operation, ". ") }
