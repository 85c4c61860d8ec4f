package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// tree is a JSON value as encoding/json reads it, with the members of objects
// in order, which a map would lose.
type tree struct {
	kind  Kind
	text  string // of a string, number or literal
	keys  []string
	items []tree // elements, or the values of keys
}

// parseOracle reads text as one object with encoding/json, and reports whether
// it is one that is not nested deeper than MaxDepth.
func parseOracle(text []byte) (tree, bool) {
	if !json.Valid(text) {
		return tree{}, false
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	t, err := parseTree(dec, 0)
	return t, err == nil && t.kind == Object
}

var errDeep = errors.New("too deep")

func parseTree(dec *json.Decoder, depth int) (tree, error) {
	tok, err := dec.Token()
	if err != nil {
		return tree{}, err
	}
	switch v := tok.(type) {
	case nil:
		return tree{kind: Null}, nil
	case bool:
		if v {
			return tree{kind: True, text: "true"}, nil
		}
		return tree{kind: False, text: "false"}, nil
	case json.Number:
		return tree{kind: Number, text: v.String()}, nil
	case string:
		return tree{kind: String, text: v}, nil
	case json.Delim:
		if depth == MaxDepth {
			return tree{}, errDeep
		}
		return parseItems(dec, v, depth+1)
	}
	return tree{}, io.ErrUnexpectedEOF
}

func parseItems(dec *json.Decoder, open json.Delim, depth int) (tree, error) {
	t := tree{kind: Array}
	if open == '{' {
		t.kind = Object
	}
	for dec.More() {
		if t.kind == Object {
			key, err := dec.Token()
			if err != nil {
				return t, err
			}
			t.keys = append(t.keys, key.(string))
		}
		item, err := parseTree(dec, depth)
		if err != nil {
			return t, err
		}
		t.items = append(t.items, item)
	}
	_, err := dec.Token()
	return t, err
}

// at follows a path as Compile takes it.
func (t tree) at(path string, anyCase bool) tree {
	step, rest, _ := strings.Cut(path, ".")
	key, index, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
	v := t.member(key, anyCase)
	switch name, value, named := strings.Cut(index, "="); {
	case named:
		v = v.named(name, value, rest, anyCase)
		rest = ""
	case index == "0" && (v.kind != Array || len(v.items) == 0):
		v = tree{}
	case index == "0":
		v = v.items[0]
	}
	if rest != "" {
		return v.at(rest, anyCase)
	}
	return v
}

func (t tree) member(key string, anyCase bool) (v tree) {
	for i, k := range t.keys {
		if k == key || anyCase && len(k) == len(key) && strings.EqualFold(k, key) {
			v = t.items[i]
		}
	}
	return v
}

func (t tree) named(nameKey, name, valueKey string, anyCase bool) (v tree) {
	if t.kind != Array {
		return v
	}
	for _, e := range t.items {
		n := e.member(nameKey, anyCase)
		if n.kind == String && (n.text == name || anyCase && len(n.text) == len(name) && strings.EqualFold(n.text, name)) {
			v = e.member(valueKey, anyCase)
		}
	}
	return v
}
