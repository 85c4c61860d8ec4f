package run

import (
	"bytes"
	"slices"
)

// beside reports whether a text is no log but one of this program's own files,
// which lie beside logs: an organisations file, what simulate writes of the
// truth, a result. Whoever scans the directory above them need not be told.
func beside(head []byte) bool {
	return slices.ContainsFunc(ownFiles, func(begin []byte) bool { return bytes.HasPrefix(head, begin) })
}

var ownFiles = [][]byte{
	[]byte("organisations:\n"), []byte("# Invented organisations of a simulation"),
	[]byte("SIMULATED SIGN-IN LOGS\n"),
	[]byte(`{"v":1,"type":"label",`),
	[]byte(`{"v":1,"type":"decoy",`),
	[]byte(`{"v":1,"type":"mail_label",`),
	[]byte(`{"v":1,"type":"campaign",`),
}
