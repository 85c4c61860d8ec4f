package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// letterText is a plain mail with that subject.
func letterText(subject string) string {
	return "From: Somebody <somebody@uni.example>\nTo: asha@clinic.example\nSubject: " + subject +
		"\nDate: Mon, 14 Sep 2026 09:00:00 +0000\nMessage-ID: <" + strings.ReplaceAll(subject, " ", ".") + "@uni.example>\n\nAt noon?\n"
}

// writeFiles writes files by their names into a new directory.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// bareExaminer is one without organisations and without a content model.
func bareExaminer(t *testing.T) *signal.Examiner {
	t.Helper()
	e, err := NewExaminer(nil, auth.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Verdicts come in the order of the files and of the mails in them, however
// many files are read at a time; the mailbox in the middle has more mails than
// a lane holds.
func TestCheckMailKeepsTheOrder(t *testing.T) {
	files := map[string]string{}
	var want []string
	for i := range 12 {
		files[fmt.Sprintf("a%02d.eml", i)] = letterText(fmt.Sprint("a ", i))
		want = append(want, fmt.Sprint("a ", i))
	}
	var box strings.Builder
	for i := range 150 {
		box.WriteString("From somebody@uni.example Mon Sep 14 09:00:00 2026\n" + letterText(fmt.Sprint("b ", i)) + "\n")
		want = append(want, fmt.Sprint("b ", i))
	}
	files["b.mbox"] = box.String()
	for i := range 12 {
		files[fmt.Sprintf("c%02d.eml", i)] = letterText(fmt.Sprint("c ", i))
		want = append(want, fmt.Sprint("c ", i))
	}
	dir, e := writeFiles(t, files), bareExaminer(t)
	for _, workers := range []int{0, 1, 2, 8} {
		var got []string
		stats, err := CheckMail(context.Background(), MailConfig{Paths: []string{dir}, Examiner: e, Workers: workers}, func(v MailVerdict) error {
			got = append(got, v.Subject)
			return nil
		})
		if err != nil || stats.Mails != len(want) || stats.Unread != 0 {
			t.Errorf("%d workers: %+v, %v", workers, stats, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d workers (-want +got):\n%s", workers, diff)
		}
	}
}

// What cannot be read is named and counted, and ends nothing.
func TestCheckMailCountsWhatIsUnread(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a.eml": letterText("first"), "b.txt": "a shopping list\n", "c.gz": "\x1f\x8b\x08 broken", "d.eml": letterText("last"),
	})
	var got, unread []string
	cfg := MailConfig{Paths: []string{dir, filepath.Join(dir, "absent")}, Examiner: bareExaminer(t), Workers: 3}
	cfg.Warn = func(file string, err error) { unread = append(unread, filepath.Base(file)+": "+err.Error()) }
	stats, err := CheckMail(context.Background(), cfg, func(v MailVerdict) error {
		got = append(got, v.Subject)
		return nil
	})
	if err != nil || stats != (MailStats{Mails: 2, Unread: 3}) {
		t.Errorf("%+v, %v", stats, err)
	}
	if diff := cmp.Diff([]string{"first", "last"}, got); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{"b.txt: no mail", "c.gz: ", "absent: "} {
		if i >= len(unread) || !strings.HasPrefix(unread[i], want) {
			t.Errorf("unread %q; want %q", unread, want)
		}
	}
}

// A format by name is believed where nothing in the file tells that it is mail.
func TestCheckMailTakesTheFormat(t *testing.T) {
	dir := writeFiles(t, map[string]string{"note": "a shopping list\n"})
	eml, _ := mail.Lookup("eml")
	for _, c := range []struct {
		format *mail.Format
		want   MailStats
	}{{nil, MailStats{Unread: 1}}, {&eml, MailStats{Mails: 1}}} {
		stats, err := CheckMail(context.Background(), MailConfig{Paths: []string{dir}, Format: c.format, Examiner: bareExaminer(t)}, func(MailVerdict) error { return nil })
		if err != nil || stats != c.want {
			t.Errorf("%+v, %v; want %+v", stats, err, c.want)
		}
	}
}

// Whoever takes the verdicts may stop: that is the error of the run.
func TestCheckMailStops(t *testing.T) {
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("%02d.eml", i)] = letterText("one of many")
	}
	full := errors.New("the pipe is closed")
	stats, err := CheckMail(context.Background(), MailConfig{Paths: []string{writeFiles(t, files)}, Examiner: bareExaminer(t), Workers: 4}, func(MailVerdict) error { return full })
	if !errors.Is(err, full) || stats.Mails != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// What the organisation knew when a mail came counts.
func TestCheckMailAsksThePast(t *testing.T) {
	dir, e := writeFiles(t, map[string]string{"a.eml": letterText("lunch")}), bareExaminer(t)
	score := func(past func(*mail.Facts) signal.History) (s float64) {
		_, err := CheckMail(context.Background(), MailConfig{Paths: []string{dir}, Examiner: e, Past: past}, func(v MailVerdict) error { s = v.Score; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	none := score(nil)
	friend := score(func(f *mail.Facts) signal.History {
		if f.From.Email != "somebody@uni.example" {
			t.Errorf("asked of %q", f.From.Email)
		}
		return signal.History{Days: 100, SenderDays: 40, DomainDays: 60}
	})
	stranger := score(func(*mail.Facts) signal.History { return signal.History{Days: 100} })
	if !(friend < none && none < stranger) {
		t.Errorf("score %v of a friend, %v without a past, %v of a stranger", friend, none, stranger)
	}
}
