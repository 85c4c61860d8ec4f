package actor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// readObject reads a JSON object: a STIX bundle has "objects", a MISP galaxy
// cluster "values". Their elements are read one by one, so that a bundle of 50
// MB is never held as a whole.
func readObject(r io.Reader, in *input) (*found, error) {
	dec := json.NewDecoder(r)
	if _, err := dec.Token(); err != nil {
		return nil, damaged(dec, err)
	}
	head := map[string]json.RawMessage{}
	stix, misp := newBundle(), &galaxy{}
	var list string
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, damaged(dec, err)
		}
		name, _ := t.(string) // a key of an object is a string
		in.element()
		switch name {
		case "objects":
			err = elements(dec, in, name, stix.add, stix.found.warn)
		case "values":
			err = elements(dec, in, name, misp.add, misp.found.warn)
		default:
			var raw json.RawMessage
			if err = dec.Decode(&raw); err == nil && len(raw) <= 1000 {
				head[name] = raw
			}
		}
		if err != nil {
			return nil, damaged(dec, err)
		}
		if name == "objects" || name == "values" {
			if list != "" {
				return nil, fmt.Errorf("the file has both %q and %q, or one of them twice", list, name)
			}
			list = name
		}
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, damaged(dec, err)
	}
	if err := nothingMore(dec); err != nil {
		return nil, err
	}
	switch {
	case list == "objects" && text(head["type"]) == "bundle":
		return stix.finish(text(head["spec_version"]))
	case list == "values":
		return misp.finish(head)
	}
	return nil, errors.New("neither a STIX bundle (type bundle, objects) nor a MISP galaxy cluster (values)")
}

// elements decodes the elements of an array. One whose fields have the wrong
// types costs itself only.
func elements[T any](dec *json.Decoder, in *input, name string, add func(*T) error, warn func(what, example string)) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return fmt.Errorf("%q is not an array", name)
	}
	for dec.More() {
		var one T
		in.element()
		err := dec.Decode(&one)
		var wrong *json.UnmarshalTypeError
		switch {
		case errors.As(err, &wrong):
			warn("objects with a field of the wrong type", fmt.Sprintf("%s is a %s", wrong.Field, wrong.Value))
			continue
		case err != nil:
			return err
		}
		if err := add(&one); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func nothingMore(dec *json.Decoder) error {
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("byte %d: something follows the end", dec.InputOffset())
	}
	return nil
}

// damaged says where JSON ends to be JSON.
func damaged(dec *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file ends in the middle, at byte %d", dec.InputOffset())
	case errors.As(err, &syntax):
		return fmt.Errorf("damaged JSON after byte %d: %w", dec.InputOffset(), err)
	}
	return err
}

// text returns a JSON string or number as text.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}
