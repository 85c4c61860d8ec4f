package report

import (
	"bytes"
	_ "embed"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/pumphandle/pumphandle/detect"
)

//go:embed kinds.yaml
var kindsFile []byte

// kindInfo is what the public is told of a kind of attack. It is written by
// people, once, for all editions.
type kindInfo struct {
	Kind       detect.Kind `yaml:"kind"`
	Counted    bool        `yaml:"counted"` // whether it has a row; those that have none make the rest
	Title      string      `yaml:"title"`
	Text       string      `yaml:"text"`
	Techniques []Technique `yaml:"techniques"`
	Advice     []string    `yaml:"advice"`
}

type kindList struct {
	Kinds   []kindInfo `yaml:"kinds"`
	General []string   `yaml:"general"` // advice against all kinds
	Call    []string   `yaml:"call"`
}

func readKindList() (kindList, error) {
	var l kindList
	d := yaml.NewDecoder(bytes.NewReader(kindsFile))
	d.KnownFields(true)
	if err := d.Decode(&l); err != nil {
		return l, fmt.Errorf("kinds.yaml: %w", err)
	}
	return l, nil
}

func readKinds() ([]kindInfo, error) {
	l, err := readKindList()
	return l.Kinds, err
}
