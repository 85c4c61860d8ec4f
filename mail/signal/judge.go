package signal

import "github.com/pumphandle/pumphandle/mail"

// Judge concludes from what a mail is (facts) and what was known when it came.
func Judge(f *mail.Facts, h History) Verdict {
	return Verdict{Evidence: f.Evidence}
}
