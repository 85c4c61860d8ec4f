package run

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// phishText is a mail that asks for a password, with that subject.
func phishText(subject string) string {
	return "From: IT support <x1y2z3@quick.example.top>\nTo: asha@clinic.example\nSubject: " + subject +
		"\nDate: Mon, 14 Sep 2026 09:00:00 +0000\nContent-Type: text/html\n\n<p>Verify your account within 24 hours: <a href=http://192.0.2.7/login>sign in</a></p>\n"
}

// corpus writes n mails of each class, named by class and number.
func corpus(t *testing.T, n int, more map[string]string) string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("ham/%02d.eml", i)] = letterText(fmt.Sprint("lunch ", i))
		files[fmt.Sprintf("phish/%02d.eml", i)] = phishText(fmt.Sprint("your account ", i))
	}
	for name, text := range more {
		files[name] = text
	}
	return writeFiles(t, files)
}

// Of a source every tenth mail is held back, and what is told of the model is
// what it does to these.
func TestTrainHoldsBackEveryTenth(t *testing.T) {
	dir := corpus(t, 25, nil)
	told := 0
	trained, err := TrainMail(context.Background(), TrainConfig{
		Ham: []string{filepath.Join(dir, "ham")}, Phish: []string{filepath.Join(dir, "phish")}, Examiner: bareExaminer(t),
		Progress: func(n int) {
			if n != told+1 {
				t.Errorf("told of %d mails after %d", n, told)
			}
			told = n
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := [...]int{trained.Ham, trained.Phish, trained.HeldHam, trained.HeldPhish, told}
	if want := [...]int{23, 23, 2, 2, 50}; got != want {
		t.Errorf("ham, phish, held ham, held phish, told: %v, want %v", got, want)
	}
	if trained.Recall != 1 || trained.FalseAlarms != 0 || len(trained.Model.Words) > 0 {
		t.Errorf("recall %v, false alarms %v, %d words: the classes could not be further apart", trained.Recall, trained.FalseAlarms, len(trained.Model.Words))
	}
	if want := "23 ordinary mails and 23 of phishing"; trained.Model.Trained != want {
		t.Errorf("trained on %q, want %q", trained.Model.Trained, want)
	}
}

// Of a corpus the labels decide: what is which class, whatever its name, and
// which families are held back. What has no label is of no class.
func TestTrainGoesByTheLabels(t *testing.T) {
	var labels strings.Builder
	label := func(file, class, split string) {
		fmt.Fprintf(&labels, `{"file":%q,"class":%q,"family":"x","split":%q}`+"\n", file, class, split)
	}
	for i, split := range []string{"train", "test", "train", "train", "test"} {
		label(fmt.Sprintf("ham/%02d.eml", i), "twin", split)
		label(fmt.Sprintf("phish/%02d.eml", i), [...]string{"phish", "lure", "spam"}[i%3], split)
	}
	dir := corpus(t, 6, map[string]string{labelsFile: labels.String()})
	var warned []string
	trained, err := TrainMail(context.Background(), TrainConfig{
		Corpora: []string{dir}, Examiner: bareExaminer(t), Warn: func(file string, err error) { warned = append(warned, file+": "+err.Error()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	got := [...]int{trained.Ham, trained.Phish, trained.HeldHam, trained.HeldPhish}
	if want := [...]int{3, 3, 2, 2}; got != want {
		t.Errorf("ham, phish, held ham, held phish: %v, want %v", got, want)
	}
	if warned != nil {
		t.Errorf("warned of %q: the labels are no mail, and that is no news", warned)
	}
}

// The same mails give the same model.
func TestTrainIsRepeatable(t *testing.T) {
	dir := corpus(t, 12, nil)
	cfg := TrainConfig{Ham: []string{filepath.Join(dir, "ham")}, Phish: []string{filepath.Join(dir, "phish")}, Examiner: bareExaminer(t), Words: true}
	a, err := TrainMail(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	b, err := TrainMail(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.Model, b.Model); diff != "" {
		t.Errorf("trained twice:\n%s", diff)
	}
	if len(a.Model.Words) == 0 {
		t.Error("no words were learned")
	}
}

// Errors name the file, or say what is missing.
func TestTrainErrors(t *testing.T) {
	dir := corpus(t, 1, map[string]string{
		"unlabelled/a.eml": letterText("lunch"), "empty/readme": "nothing\n",
		"broken/a.eml": letterText("lunch"), "broken/" + labelsFile: `{"file":"a.eml","class":"twin"}` + "\n{\n",
	})
	at := func(name string) []string { return []string{filepath.Join(dir, name)} }
	for _, c := range []struct {
		what string
		cfg  TrainConfig
		want string
	}{
		{"one class", TrainConfig{Ham: at("ham")}, "training needs mails of both classes"},
		{"a directory without mail", TrainConfig{Ham: at("ham"), Phish: at("empty")}, "empty: no mail"},
		{"a corpus without labels", TrainConfig{Corpora: at("unlabelled")}, "reading a corpus: open "},
		{"labels that are cut", TrainConfig{Corpora: at("broken")}, labelsFile + ": record 2: "},
	} {
		c.cfg.Examiner = bareExaminer(t)
		if _, err := TrainMail(context.Background(), c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
}
