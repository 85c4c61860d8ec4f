package identity

import "strings"

// Alike says by which trick a host is made to look like another one that is
// not in a table: the recipient's own domain, or that of somebody whom he
// writes with. "" says that it is not; neither is a name below the other, nor
// one too short to tell. The suffix alone changed is [TLDSwap], which is also
// how an organisation names its branches.
func Alike(host, model string) How {
	host, model = Registrable(normal(host)), Registrable(normal(model))
	if host == model {
		return ""
	}
	a, _, _ := strings.Cut(host, ".")
	b, suffix, _ := strings.Cut(model, ".")
	shown, folded, like := a, foldLabel(a), foldLabel(b)
	if len(like) < minTypo {
		return ""
	}
	switch {
	case a == b:
		return TLDSwap
	case strings.ReplaceAll(a, "-", "") == strings.ReplaceAll(b, "-", ""):
		return Hyphen
	case folded == like:
		return Homoglyph
	case folded == like+foldLabel(strings.ReplaceAll(suffix, ".", "")):
		return Glued
	case distance(folded, like, 1) == 1:
		return Typo
	case strings.Contains(folded, like) && (len(like) >= minTypo2 || strings.Contains(shown, "-")):
		return Combosquat
	}
	return ""
}

// Role says that a word stands beside names when somebody speaks as them:
// support, representative. It takes any spelling.
func Role(word string) bool { return role(strings.TrimSpace(Skeleton(word))) }
