package content

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examples are mails of two kinds: phish have the feature "bad" and the word
// "wallet" more often, in texts of the same words otherwise.
func examples(n int) []Example {
	r := rand.New(rand.NewPCG(1, 2))
	var out []Example
	for i := range n {
		phish := i%4 == 0
		words := []string{"meeting", "tomorrow", "please", "read", "this"}
		r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		e := Example{Phish: phish}
		chance := .1
		if phish {
			chance = .9
		}
		if r.Float64() < chance {
			e.Features = append(e.Features, Feature{"bad", 1})
		}
		if r.Float64() < chance {
			words = append(words, "wallet")
		}
		if r.Float64() < .5 {
			e.Features = append(e.Features, Feature{"noise", 1})
		}
		e.Text = strings.Join(words, " ")
		out = append(out, e)
	}
	return out
}

func options() Options {
	return Options{Buckets: 1 << 10, Pull: .01, Shrink: 1e-4, Epochs: 20}
}

func TestTrainLearnsWhatTellsAndNothingElse(t *testing.T) {
	m := Train(examples(2000), options())
	if w := m.Form["bad"]; w < 1 {
		t.Errorf("weight of the telling feature is %.2f", w)
	}
	if w := m.Form["noise"]; w < -.7 || w > .7 {
		t.Errorf("weight of the noise is %.2f", w)
	}
	plain := m.Vote(Sample{Text: "please read this meeting tomorrow"})
	wallet := m.Vote(Sample{Text: "please read this wallet tomorrow"})
	if wallet.Words-plain.Words < .5 {
		t.Errorf("the telling word moves the vote from %.2f to %.2f", plain.Words, wallet.Words)
	}
}

func TestTrainDoesNotTurnASign(t *testing.T) {
	o := options()
	o.Priors = map[string]Prior{"bad": {Weight: -1, Sign: -1}, "kept": {Weight: 2, Sign: 1}}
	m := Train(examples(2000), o)
	if w := m.Form["bad"]; w > 0 {
		t.Errorf("the weight of a feature that speaks for a mail turned to %.2f", w)
	}
	if w := m.Form["kept"]; w != 2 {
		t.Errorf("the weight of a feature that no example has went from 2 to %.2f", w)
	}
}

func TestWordsOfFewMailsWeighNothing(t *testing.T) {
	list := examples(2000)
	for i := range 9 {
		list[i*4].Text += " rareword" // phish all
	}
	o := options()
	o.Buckets = 1 << 16
	vote := func() float64 {
		m := Train(list, o)
		return m.Vote(Sample{Text: "rareword"}).Words
	}
	if v := vote(); v <= 0 {
		t.Errorf("a word that nine phish have votes %.3f without a bound", v)
	}
	if o.Mails = 10; vote() != 0 {
		t.Errorf("a word that nine mails have votes %.3f where ten are needed", vote())
	}
}

func TestVoteIsBounded(t *testing.T) {
	m := &Model{Form: map[string]float32{"x": 100}, Scale: 1, Words: []int8{127, 127, 127, 127}}
	v := m.Vote(Sample{Features: []Feature{{"x", 1}}, Text: strings.Repeat("word other ", 1000)})
	if v.Form != MaxForm || v.Words != MaxWords {
		t.Errorf("vote is %+v, bounds are %v and %v", v, MaxForm, MaxWords)
	}
}

func TestSameExamplesSameModelAndFile(t *testing.T) {
	a, b := Train(examples(500), options()), Train(examples(500), options())
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
	var file bytes.Buffer
	if err := a.Write(&file); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a, got); d != "" {
		t.Errorf("read is not what was written:\n%s", d)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"", "{", `{"v":2}`, `{"v":1,"words":"AAAA"}`, `{"v":1,"surprise":1}`} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestPaddingDoesNotDrownTheBeginning(t *testing.T) {
	m := &Model{Scale: 1, Words: make([]int8, 1<<12)}
	eachWord(Sample{Text: "verify wallet"}, 1<<12-1, func(b uint32) { m.Words[b] = 20 })
	var pad strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&pad, " w%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26)
	}
	v := m.Vote(Sample{Text: "verify wallet" + pad.String()})
	if v.Words <= 1 {
		t.Errorf("10,000 words of padding bring the vote down to %.2f", v.Words)
	}
}

func FuzzVote(f *testing.F) {
	f.Add("hello \xff world", "안녕 하세요 123")
	m := &Model{Scale: .1, Words: make([]int8, 1<<8)}
	f.Fuzz(func(t *testing.T, subject, text string) {
		if v := m.Vote(Sample{Subject: subject, Text: text}); v.Words != 0 {
			t.Errorf("an empty model votes %v", v.Words)
		}
	})
}
