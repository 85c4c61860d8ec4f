package mail

// Formats lists every format that is read, one line each. A test fails if a
// format of this folder is missing here.
func Formats() []Format {
	return []Format{
		eml,
		mbox,
		msg,
		gitPack,
		m365Trace,
		defenderMail,
		gmailLog,
	}
}
