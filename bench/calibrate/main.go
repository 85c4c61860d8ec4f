// Calibrate learns what the evidence of each detector is worth from simulated
// months whose truth is known, and writes detect/weights.yaml and the reliability
// plot of docs/detection.
//
//	go run ./bench/calibrate gather FILE    candidates of all months, one JSON line each (about ten minutes)
//	go run ./bench/calibrate fit FILE       learn, cross-validate, write
//	go run ./bench/calibrate atom           what each condition of the atom leaves of a quiet month
//
// Months are grouped by scenario; what is plotted is always the probability
// given to a scenario by weights that never saw it.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := start(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "calibrate:", err)
		os.Exit(1)
	}
}

func start(args []string) error {
	if len(args) == 1 && args[0] == "atom" {
		return atom()
	}
	if len(args) == 2 {
		switch args[0] {
		case "gather":
			return gather(args[1])
		case "fit":
			return fit(args[1], "detect/weights.yaml", "docs/detection/reliability.svg")
		}
	}
	return fmt.Errorf("usage: calibrate gather FILE | fit FILE | atom")
}
