package attach

import (
	"strings"
	"unicode/utf16"
)

// shellLink says what a Windows shortcut starts: relative path and arguments
// from its strings (MS-SHLLINK 2.4).
func (x *examiner) shellLink(s subject) string {
	b := s.body
	if len(b) < 76 {
		return ""
	}
	flags := le32(b, 20)
	rest := b[76:]
	if flags&1 != 0 { // HasLinkTargetIDList
		if len(rest) < 2 || 2+int(le16(rest, 0)) > len(rest) {
			return ""
		}
		rest = rest[2+int(le16(rest, 0)):]
	}
	if flags&2 != 0 { // HasLinkInfo
		if len(rest) < 4 || int64(le32(rest, 0)) > int64(len(rest)) {
			return ""
		}
		rest = rest[le32(rest, 0):]
	}
	var parts []string
	for bit := range 5 { // name, relative path, working directory, arguments, icon
		if flags>>(2+bit)&1 == 0 {
			continue
		}
		if len(rest) < 2 {
			break
		}
		n := int(le16(rest, 0))
		width := 1
		if flags&0x80 != 0 { // IsUnicode
			width = 2
		}
		if 2+n*width > len(rest) {
			break
		}
		raw := rest[2 : 2+n*width]
		rest = rest[2+n*width:]
		text := string(raw)
		if width == 2 {
			units := make([]uint16, n)
			for i := range units {
				units[i] = le16(raw, 2*i)
			}
			text = string(utf16.Decode(units))
		}
		if bit == 1 || bit == 3 {
			parts = append(parts, strings.Join(strings.Fields(text), " ")) // spaces push the command out of sight
		}
		for _, u := range urlsIn(text, 5) {
			x.link(u)
		}
	}
	if len(parts) > 0 {
		x.find("shortcut", s, strings.Join(parts, " "))
	}
	return ""
}

// internetShortcut reads the address of a .url file.
func (x *examiner) internetShortcut(s subject) string {
	for line := range strings.SplitSeq(string(decodeHead(s.body)), "\n") {
		k, v, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || !strings.EqualFold(k, "url") && !strings.EqualFold(k, "iconfile") {
			continue
		}
		if x.link(v) {
			x.find("shortcut", s, v)
		}
	}
	return ""
}

// remoteDesktop reads the server of a .rdp file, and whether it would be given
// the reader's drives and clipboard.
func (x *examiner) remoteDesktop(s subject) string {
	var parts []string
	for line := range strings.SplitSeq(string(asUTF8(s.body[:min(len(s.body), 64<<10)])), "\n") {
		low := strings.ToLower(strings.TrimSpace(line))
		switch {
		case strings.HasPrefix(low, "full address:s:"), strings.HasPrefix(low, "remoteapplicationprogram:s:"), strings.HasPrefix(low, "drivestoredirect:s:") && len(low) > len("drivestoredirect:s:"):
			if len(parts) < 5 {
				parts = append(parts, strings.TrimSpace(line))
			}
		}
	}
	x.find("rdp_file", s, strings.Join(parts, " "))
	return ""
}

// profile reads the addresses of an Apple configuration profile.
func (x *examiner) profile(s subject) string {
	x.find("mobileconfig", s, "")
	for _, u := range urlsIn(string(x.search(s.body)), 20) {
		if !strings.Contains(u, "www.apple.com/DTDs") {
			x.link(u)
		}
	}
	return ""
}
