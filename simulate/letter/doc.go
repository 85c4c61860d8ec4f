// Package letter composes mails that we wrote ourselves: re-enactments of
// published lures with a benign twin for each, ordinary mail, and mass phish,
// for tests, for the content model and for [simulate]'s campaigns.
//
// A [Book] holds families (families/*.txt: one text with its subject, who
// sends it and what it carries) and words (words/LANGUAGE.txt: slots with
// their paraphrases). [Book.Write] draws one [Letter] from a family,
// [Letter.Bytes] makes a mail of it, [Book.Corpus] a whole corpus, and [Replay]
// hides letters in the history of an archive. The same seed gives the same bytes.
//
// Everything is inert. A hostile mail links only to names that end in .example
// (RFC 2606), its attachments do nothing (payload.go), its addresses are of
// reserved networks, its people are invented, and its header says
// X-Pumphandle-Synthetic. Genuine organisations stand in it as the sender that
// is claimed, as in the reports; a benign twin is from the genuine domain, in
// form, and links to that domain's pages. Nothing here can send.
//
// It reads nothing but its embedded texts and is pure.
package letter
