package identity

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSkeletonFoldsDisguise(t *testing.T) {
	for _, c := range [][2]string{
		{"Aܿmܿaܿzܿon", "amazon"}, {"TrustWaIIet", "trustwallet"}, {"Mіcrosоft", "microsoft"}, {"ＰａｙＰａｌ", "paypal"}, {"𝓝𝓮𝓽𝓯𝓵𝓲𝔁", "netflix"}, {"𝙳𝙷𝙻", "dhl"},
		{"Ⓐⓜⓐⓩⓞⓝ", "amazon"}, {"Am\u00ADa\u200Bz\u200Don", "amazon"}, {"\u202EPayPal", "paypal"}, {"Fаcеbооk", "facebook"}, {"rnicrosoft", "microsoft"}, {"vvells fargo", "wells fargo"},
		{"Micr0s0ft", "microsoft"}, {"Crédit Agricole", "credit agricole"}, {"BŁØŞĐ", "blosd"}, {"Ｗｏｒｌｄ－Health", "world health"}, {"Lowe's", "lowes"}, {"Lowe’s", "lowes"},
		{"AT&T", "at&t"}, {"PayPal™", "paypal"}, {"ꜱᴀᴍᴘʟᴇ", "sample"}, {"Ѕаmsung", "samsung"}, {"Pаypаl!", "paypal"},
	} {
		if a, b := Skeleton(c[0]), Skeleton(c[1]); a != b {
			t.Errorf("%q is %q, %q is %q", c[0], a, c[1], b)
		}
	}
	for _, c := range [][2]string{{"GIS", "GLS "}, {"clip", "dip"}} {
		if Plain(c[0]) == Plain(c[1]) {
			t.Errorf("Plain makes one of %q and %q", c[0], c[1])
		}
	}
}

// What other scripts spell with marks stays spelled: a mark is disguise on Latin letters only.
func TestSkeletonKeepsOtherScripts(t *testing.T) {
	for _, s := range []string{"세계보건기구", "स्वास्थ्य"} {
		if Skeleton(s) != s {
			t.Errorf("%q became %q", s, Skeleton(s))
		}
	}
}

func TestConfusablesAreWellFormed(t *testing.T) {
	for name, file := range map[string]string{"confusables.txt": confusablesTxt, "folds.txt": foldsTxt} {
		n := 0
		for line := range strings.Lines(file) {
			line, _, _ = strings.Cut(line, "#")
			if strings.TrimSpace(line) == "" {
				continue
			}
			from, to, ok := strings.Cut(line, ";")
			if !ok || hexRune(strings.TrimSpace(from)) == utf8.RuneError || strings.TrimSpace(to) == "" {
				t.Errorf("%s: %q", name, line)
			}
			n++
		}
		if n < 40 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
	if !strings.Contains(confusablesTxt, "Version: 17.0.0") {
		t.Error("the version of confusables.txt is another than the documentation says")
	}
	for r, s := range confusables() {
		if s == "" || strings.ContainsFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) {
			t.Errorf("%U is read as %q", r, s)
		}
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, s := range []string{"Aܿmܿaܿzܿon", "\xff\xfe", "Ⓐ", "विश्व स्वास्थ्य", "세계보건기구", "rnrn vvvv  '"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x := foldText(s, true)
		if len(x.at) != len(x.skel)+1 {
			t.Fatalf("%d places for %d bytes", len(x.at), len(x.skel))
		}
		for i := 1; i < len(x.at); i++ {
			if x.at[i] < x.at[i-1] || int(x.at[i]) > len(s) {
				t.Fatalf("places go back: %v", x.at)
			}
		}
		if Skeleton(s) != string(x.skel) {
			t.Fatal("two skeletons")
		}
	})
}
