// Package spray measures how well distributed sign-in attacks are found: by
// the whole chain of pumphandle, and by the published rules of others on the
// same sign-ins (docs/benchmark.md).
//
// A [Case] is a world to be simulated and attacked; [Cases] is the matrix of
// them. [Run] lives through each case once for each seed, lets pumphandle and
// every [Rival] read what the organisations' logs hold, and scores what each
// claims against the truth ([Score]). Figures are medians over seeds, with the
// worst seed beside them. The same options give the same figures.
//
// Start with [Cases], then [Score], then [Rivals].
package spray
