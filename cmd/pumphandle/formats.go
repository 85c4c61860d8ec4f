package main

import (
	"fmt"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/signin"
)

type formatsCmd struct{}

func (formatsCmd) Run(io streams) error {
	for _, f := range signin.Formats() {
		fmt.Fprintf(io.out, "%-16s %s\n%16s %s\n", f.Name, f.Title, "", f.Doc)
	}
	fmt.Fprintf(io.out, "%-16s %s\n%16s %s\n", signin.GenericName, "Any other JSON or CSV", "", "Read by a mapping file: --mapping FILE (docs/formats/generic.md).")
	fmt.Fprint(io.out, "\nMail, and records about mail:\n")
	for _, f := range mail.Formats() {
		fmt.Fprintf(io.out, "%-16s %s\n%16s %s\n", f.Name, f.Title, "", f.Doc)
	}
	return nil
}
