package main

// benchCmd holds what is measured, one verb each.
type benchCmd struct {
	Attribution benchAttributionCmd `cmd:"" help:"How often the hand behind a report is found, how often wrongly, and what the probabilities are worth."`
}
