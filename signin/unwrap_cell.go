package signin

import (
	"encoding/json"
	"strings"
)

// innerJSON returns the object or list in a value: itself, or what its text
// holds, as JSON or as Athena writes it.
func innerJSON(value json.RawMessage) json.RawMessage {
	if value[0] == '"' {
		var text string
		if json.Unmarshal(value, &text) != nil {
			return nil
		}
		value = json.RawMessage(strings.TrimSpace(text))
	}
	switch {
	case len(value) == 0 || value[0] != '{' && value[0] != '[':
		return nil
	case json.Valid(value):
		return value
	}
	inner, rest, ok := cutRow(string(value), maxRowDepth)
	if !ok || rest != "" {
		return nil
	}
	text, _ := json.Marshal(inner)
	return text
}

// maxRowDepth is how deep rows in a cell are read.
const maxRowDepth = 16

// cutRow reads a row or list as Athena (Trino) writes it in CSV files:
// {type=IAMUser, username=ana, sessioncontext={attributes=null}}. Texts stand
// without quotes, so that the name of the next member alone tells where one ends.
func cutRow(s string, depth int) (value any, rest string, ok bool) {
	if depth == 0 {
		return nil, s, false
	}
	list, members := []any{}, map[string]any{}
	isList := s[0] == '['
	end := "}"
	if isList {
		end = "]"
	}
	for s = s[1:]; ; s = s[len(", "):] {
		if rest, ok = strings.CutPrefix(s, end); ok && len(list)+len(members) == 0 {
			break // an empty one
		}
		name := rowName(s)
		if !isList && name == "" {
			return nil, s, false
		}
		if !isList {
			s = s[len(name)+len("="):]
		}
		if value, s, ok = cutRowValue(s, end, depth); !ok {
			return nil, s, false
		}
		if isList {
			list = append(list, value)
		} else {
			members[name] = value
		}
		if rest, ok = strings.CutPrefix(s, end); ok {
			break
		}
		if !strings.HasPrefix(s, ", ") {
			return nil, s, false
		}
	}
	if isList {
		return list, rest, true
	}
	return members, rest, true
}

// cutRowValue reads what is before the next member or the end of a row.
func cutRowValue(s, end string, depth int) (value any, rest string, ok bool) {
	if s != "" && (s[0] == '{' || s[0] == '[') {
		return cutRow(s, depth-1)
	}
	for i := range len(s) {
		if s[i] == end[0] || strings.HasPrefix(s[i:], ", ") && (end == "]" || rowName(s[i+2:]) != "") {
			if s[:i] == "null" {
				return nil, s[i:], true
			}
			return s[:i], s[i:], true
		}
	}
	return nil, s, false
}

// rowName returns the name at the beginning of a member, or "".
func rowName(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '=':
			return s[:i]
		case c != '_' && !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z'):
			return ""
		}
	}
	return ""
}
