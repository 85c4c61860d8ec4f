package signin

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// minCarried is the shortest text that is looked at for a record, in bytes.
const minCarried = 16

// texts recognises records that are text in a member of each object:
// {"message":"{\"eventType\":…}"}, {"_raw":"…"}, {"log":"…\n"}.
func (u *unwrapper) texts(head []byte, left int) (Format, bool) {
	if !looksLikeJSON(head) || !holdsRecord(head) {
		return Format{}, false
	}
	carried := carriedTexts(head)
	for _, name := range slices.Sorted(maps.Keys(carried)) {
		if !u.may() {
			return Format{}, false
		}
		if inner, ok := u.detect([]byte(carried[name]), left); ok {
			return carriedFormat(inner, name), true
		}
	}
	return Format{}, false
}

// carriedTexts returns the texts of the first objects of head, by the name of
// the member that holds them.
func carriedTexts(head []byte) map[string]string {
	texts := map[string]string{}
	records := jsonscan.NewReader(bytes.NewReader(head), anyRecord, len(head)+1)
	for range sniffed {
		rec, err := records.Next()
		if err != nil {
			if _, goesOn := jsonError(err); goesOn {
				continue
			}
			break
		}
		var members map[string]any
		if json.Unmarshal(rec.Raw(), &members) != nil {
			continue
		}
		for name, value := range members {
			if text, ok := value.(string); ok && len(text) >= minCarried && isMemberName(name) {
				texts[name] += strings.TrimRight(text, "\r\n") + "\n"
			}
		}
	}
	return texts
}

// isMemberName reports whether a name can be a path of jsonscan.
func isMemberName(name string) bool {
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-@. ") == ""
}

// carriedFormat reads records of format inner that the member of that name
// carries. A carrier whose text is of another format that is known is read as
// that.
func carriedFormat(inner Format, name string) Format {
	fields := jsonscan.Compile(jsonscan.Config{Mark: []int{0}}, strings.ReplaceAll(name, ".", `\.`))
	outer := inner
	outer.Sniff = func(head []byte) int { return inner.Sniff([]byte(carriedTexts(head)[name])) }
	outer.Decode = func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return decodeCarried(r, fields, carriers{
			original: func(rec *jsonscan.Record) string { return rec.Text(0) },
			format:   inner,
		}, opt)
	}
	return outer
}
