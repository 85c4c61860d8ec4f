// Package simulate writes the sign-in logs that organisations would have
// exported while a published campaign ran against them, together with the
// truth about it. Demo, tests and benchmarks feed on it.
//
// A [Spec] names organisations, days and campaigns. [Run] builds the world of
// that specification, lets people sign in (background.yaml), lets each
// [Scenario] try the doors, has the provider answer, and writes every
// organisation's attempts in the format that it exports, with labels.jsonl and
// orgs.yaml beside them. The same seed gives the same bytes.
//
// Only Run touches files; the rest is pure. What is published of a campaign and
// what we assumed stands with each scenario and in docs/simulation.md.
//
// Every address is from 240.0.0.0/4, which is reserved (RFC 1112, section 4),
// or from the IPv6 documentation prefix 3fff::/20 (RFC 9637), every autonomous
// system number is for private use (RFC 6996) and every domain ends in
// .example (RFC 2606): a log made here accuses nobody. Package letter says what
// mails name besides.
//
// Mail is the same for campaigns of mails: a [MailScenario] writes letters of
// package letter to people of the same organisations, and what follows a click
// stands in the same sign-in logs.
//
// Start with [Spec], then [Scenarios], then [Run].
package simulate
