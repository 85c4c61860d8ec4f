package auth

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pumphandle/pumphandle/mail"
)

func realMails(t *testing.T, folder string, each func(*mail.Message)) {
	t.Helper()
	files, _ := filepath.Glob("../../../shared/data/mail/" + folder + "/*.eml")
	if len(files) == 0 {
		t.Skipf("no mail in %s", folder)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		each(message(string(raw)))
	}
}

// Of the signatures of list mail those that were made before the list added
// its footer are broken; most of the others must match, or we hash wrongly.
func TestRealBodyHashes(t *testing.T) {
	signed, whole, some := 0, 0, 0
	realMails(t, "ham-list-dev", func(m *mail.Message) {
		got := Check(m, Options{})
		if !(&check{m: m}).has("DKIM-Signature") {
			return
		}
		signed++
		mismatch := false
		for _, p := range got.Problems {
			mismatch = mismatch || p.Code == "body_hash_mismatch"
		}
		if !mismatch {
			whole++
		} else if !got.Auth.BodyAltered {
			some++
		}
	})
	t.Logf("%d mails signed: %d with every body hash right, %d with some, %d with none", signed, whole, some, signed-whole-some)
	if signed > 0 && (whole+some)*3 < signed {
		t.Errorf("fewer than a third have a body hash that matches")
	}
}

// Exchange Online received these: its results must be read of nearly all, and
// of none where it is not configured.
func TestRealExchangeOnline(t *testing.T) {
	var n, read, altered, signed, forged int
	spf, dkim, dmarc := map[mail.Verdict]int{}, map[mail.Verdict]int{}, map[mail.Verdict]int{}
	realMails(t, "pot-dev", func(m *mail.Message) {
		n++
		got := Check(m, Options{Receivers: []string{ExchangeOnline}})
		if got.Auth.By == ExchangeOnline {
			read++
		}
		spf[got.Auth.SPF]++
		dkim[got.Auth.DKIM]++
		dmarc[got.Auth.DMARC]++
		if len(got.Forged) > 0 {
			forged++
		}
		if (&check{m: m}).has("DKIM-Signature") {
			signed++
		}
		if got.Auth.BodyAltered {
			altered++
		}
		if off := Check(m, Options{}).Auth; off != (mail.Auth{BodyAltered: got.Auth.BodyAltered}) {
			t.Errorf("believed without being told to: %+v", off)
		}
	})
	t.Logf("%d mails, results read of %d; unknown/none/pass/fail/soft: SPF %v DKIM %v DMARC %v; forged or left over in %d; %d of %d signed are altered", n, read, spf, dkim, dmarc, forged, altered, signed)
	if read*10 < n*9 {
		t.Errorf("results read of only %d of %d", read, n)
	}
}
