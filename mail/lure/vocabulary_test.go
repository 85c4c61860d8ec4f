package lure

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func loaded(t testing.TB) *Vocabulary {
	t.Helper()
	v, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Each file is in order, and each form of each phrase finds its phrase, in
// running text and at its ends.
func TestVocabulary(t *testing.T) {
	v := loaded(t)
	for _, name := range v.order {
		b, err := files.ReadFile("vocabulary/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		f, err := decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(f.Stopwords) {
			t.Errorf("%s: stop words are not sorted", name)
		}
		l := v.languages[name]()
		for pack, weights := range f.Packs {
			seen := map[string]bool{}
			for w, list := range weights {
				if !slices.IsSorted(list) {
					for i := 1; i < len(list); i++ {
						if list[i] < list[i-1] {
							t.Errorf("%s: %s %d: %q stands after %q", name, pack, w, list[i], list[i-1])
						}
					}
				}
				for _, text := range list {
					if seen[text] {
						t.Errorf("%s: %s: %q stands twice", name, pack, text)
					}
					seen[text] = true
				}
			}
		}
		for _, p := range l.phrases {
			if text, form := p.Text, example(t, p.Text); !slices.ContainsFunc(l.match(form), func(h Hit) bool { return h.Phrase == text && h.Pack == p.Pack }) {
				t.Errorf("%s: %q does not find itself in %q", name, text, form)
			}
		}
		t.Logf("%s: %d phrases, %d states", name, len(l.phrases), len(l.automaton.first)-1)
	}
}

// example is a sentence with the phrase in it.
func example(t *testing.T, phrase string) string {
	var parts []string
	for part := range strings.SplitSeq(phrase, "*") {
		forms, err := expand(part)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, strings.TrimSuffix(strings.TrimSpace(strings.ToLower(forms[len(forms)/2])), "+"))
	}
	return "- " + strings.Join(parts, ", qq\nqq ") + "!"
}

// testdata/ordinary has sentences that people write to each other: nothing in
// them may be found that would count as a lure by itself.
func TestOrdinary(t *testing.T) {
	v := loaded(t)
	for _, name := range v.order {
		b, err := os.ReadFile("testdata/ordinary/" + name + ".txt")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for line := range strings.Lines(string(b)) {
			line = strings.ToLower(strings.TrimSpace(line))
			if line == "" || line[0] == '#' {
				continue
			}
			hits := v.Match(line, name)
			for pack, s := range Scores(hits) {
				if s > 0.5 && pack != "business" {
					t.Errorf("%s: %q scores %.2f for %s: %v", name, line, s, pack, hits)
				}
			}
			if got, sure := v.Language(strings.Repeat(line+" ", 1)); got != name && got != "" {
				t.Errorf("%s: %q is taken for %q (%.2f)", name, line, got, sure)
			}
		}
	}
}

// testdata/lures has sentences written by us after published descriptions, with
// the packs that must find them: "pack pack: sentence".
func TestLures(t *testing.T) {
	v := loaded(t)
	for _, name := range v.order {
		b, err := os.ReadFile("testdata/lures/" + name + ".txt")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			want, text, _ := strings.Cut(line, ": ")
			scores := Scores(v.Match(strings.ToLower(text), name))
			for pack := range strings.FieldsSeq(want) {
				if scores[pack] < 0.5 {
					t.Errorf("%s: %s is %.2f in %q: %v", name, pack, scores[pack], text, v.Match(strings.ToLower(text), name))
				}
			}
		}
	}
}

func TestStrictDecoding(t *testing.T) {
	for _, s := range []string{
		"language: xx\nboundary: word\npack: {}\n",
		"language: xx\nboundary: words\n",
		"language: xx\nboundary: word\npacks: {nonsense: {1: [a b]}}\n",
		"language: xx\nboundary: word\npacks: {credential: {4: [a b]}}\n",
		"language: xx\nboundary: word\n---\nlanguage: yy\n",
	} {
		if _, err := decode([]byte(s)); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
	for _, p := range []string{"(a", "a)", "a|b", "((a|b) c)", "a * ", "(|) * b"} {
		f := &file{Language: "xx", Boundary: "word", Packs: map[string]map[int][]string{"credential": {1: {p}}}}
		if _, err := build(f, strings.ToLower); err == nil {
			t.Errorf("%q is taken", p)
		}
	}
}

func TestMatch(t *testing.T) {
	f := &file{Language: "xx", Boundary: "word", Packs: map[string]map[int][]string{"credential": {2: {"verify your account", "your * will be (closed|locked)", "account"}}}}
	l, err := build(f, strings.ToLower)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"verify\nyour... account", "verify your account|account"},
		{"verify your accounts", ""},
		{"your mailbox and all in it will be closed", "your * will be (closed|locked)"},
		{"will be closed, your", ""},
		{"your " + strings.Repeat("x ", 60) + "will be closed", ""},
		{"your old. your new will be locked", "your * will be (closed|locked)"},
		{"accountaccount", ""},
		{"account account account", "account"},
		{"“account”—", "account"},
	} {
		var got []string
		for _, h := range l.match(c.text) {
			got = append(got, h.Phrase)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q: %s, want %s", c.text, s, c.want)
		}
	}
}

func TestScores(t *testing.T) {
	s := Scores([]Hit{{Pack: "a", Weight: 3}, {Pack: "b", Weight: 1}, {Pack: "b", Weight: 1}})
	if s["a"] < 0.62 || s["a"] > 0.64 || s["b"] < 0.48 || s["b"] > 0.5 || len(s) != 2 {
		t.Errorf("%v", s)
	}
}

func FuzzMatch(f *testing.F) {
	v := loaded(f)
	f.Add("verify your account \xff 계정이 정지 आपका खाता")
	f.Fuzz(func(t *testing.T, s string) {
		for _, h := range v.Match(s, "") {
			if h.At < 0 || h.At > len(s) {
				t.Fatalf("%+v", h)
			}
		}
		v.Language(s)
	})
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		loaded(b)
	}
}

func BenchmarkMatch(b *testing.B) {
	v := loaded(b)
	text := strings.Repeat("the ward meeting takes place on monday; please bring the figures of last week, and let me know what is missing. your account is not concerned. ", 200)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		v.Match(text, "en")
	}
}
