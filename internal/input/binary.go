package input

import "bytes"

// binaries are files that lie among logs and are no text, by their first bytes.
var binaries = []struct {
	magic string
	BinaryError
}{
	{"LPKSHHRH", BinaryError{"systemd journal", "export it: journalctl --file FILE -o short-iso"}},
	{"7z\xbc\xaf\x27\x1c", BinaryError{"7z archive", "unpack it first"}},
	{"\xfd7zXZ\x00", BinaryError{"xz file", "unpack it first"}},
	{"Rar!\x1a\x07", BinaryError{"RAR archive", "unpack it first"}},
	{"\x04\x22\x4d\x18", BinaryError{"lz4 file", "unpack it first"}},
	{"\x1f\x9d", BinaryError{"file of the compress command", "unpack it first"}},
	{"MSCF\x00\x00\x00\x00", BinaryError{"cabinet archive", "unpack it first"}},
	{"%PDF-", BinaryError{What: "PDF document"}},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", BinaryError{What: "Office document of the old kind"}},
	{"!BDN", BinaryError{"Outlook mailbox (PST)", "export it as mbox"}},
	{"SQLite format 3\x00", BinaryError{What: "SQLite database"}},
	{"PAR1", BinaryError{"Parquet file", "export it as JSON or CSV"}},
	{"regf", BinaryError{What: "Windows registry hive"}},
	{"\x7fELF", BinaryError{What: "program"}},
	{"\x89PNG\r\n\x1a\n", BinaryError{What: "PNG image"}},
	{"\xff\xd8\xff", BinaryError{What: "JPEG image"}},
	{"\xd4\xc3\xb2\xa1", BinaryError{What: "network capture"}},
	{"\x0a\x0d\x0d\x0a", BinaryError{What: "network capture"}},
}

// knownBinary returns a *[BinaryError], or nil for what may be text.
func knownBinary(head []byte) error {
	for _, b := range binaries {
		if bytes.HasPrefix(head, []byte(b.magic)) {
			return &b.BinaryError
		}
	}
	return nil
}

// isEventLog reports whether a file is a Windows event log (EVTX), by its head
// or by its first chunk. It is no text, but a log that is read, and goes through
// as it is.
func isEventLog(head []byte) bool {
	return bytes.HasPrefix(head, []byte("ElfFile\x00")) || len(head) > 4096 && bytes.HasPrefix(head[4096:], []byte("ElfChnk\x00"))
}
