package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/pumphandle/pumphandle/simulate"
)

// listScenarios shows what can be simulated, for a terminal of 80 columns.
func listScenarios(w io.Writer) {
	fmt.Fprint(w, "SCENARIOS\n")
	for _, s := range simulate.Scenarios() {
		what := fmt.Sprintf("%s, %s, %s", s.Kind, counted(float64(s.Orgs), "organisation"), duration(s.Days))
		fmt.Fprintf(w, "\n%-20s %s\n", s.Name, what)
		writeWrapped(w, s.Published)
		writeWrapped(w, "Source: "+s.Source)
	}
	fmt.Fprint(w, "\nSCENARIOS OF MAILS\n")
	for _, s := range simulate.MailScenarios() {
		what := fmt.Sprintf("%s, %s, %s", s.Kind, counted(float64(s.Orgs), "organisation"), duration(s.Days))
		fmt.Fprintf(w, "\n%-20s %s\n", s.Name, what)
		writeWrapped(w, s.Published)
		writeWrapped(w, "Source: "+s.Source)
	}
	fmt.Fprint(w, "\nMIXES OF SCENARIOS\n")
	for _, m := range simulate.Mixes() {
		parts := make([]string, len(m.Parts))
		for i, p := range m.Parts {
			parts[i] = p.Scenario
		}
		fmt.Fprintf(w, "\n%-20s %s\n", m.Name, strings.Join(parts, ", "))
		writeWrapped(w, m.What)
	}
	fmt.Fprint(w, "\nWITHOUT A SCENARIO\n\n")
	fmt.Fprintf(w, "%-20s %s\n", "none", "a background alone: whatever is reported is false")
	fmt.Fprintf(w, "%-20s %s\n", "sshd-1m", "the benchmark's log of exposed sshd hosts for a day")
	fmt.Fprintf(w, "%-20s %s\n", "entra-300k", "the benchmark's sign-ins of 40 tenants for a day")
	fmt.Fprint(w, "\nFORMATS (--format)\n")
	for _, f := range simulate.Formats() {
		fmt.Fprintf(w, "\n%s\n", f.Name)
		writeWrapped(w, f.Title)
	}
}

func counted(n float64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%g %ss", n, what)
}

// duration writes a number of days as hours where it is less than one.
func duration(days float64) string {
	if days < 1 {
		return counted(float64(int(days*24+0.5)), "hour")
	}
	return counted(days, "day")
}

// writeWrapped writes a text indented by four, broken between words.
func writeWrapped(w io.Writer, text string) {
	const indent, width = "    ", 79
	line := indent
	for _, word := range strings.Fields(text) {
		if len(line) > len(indent) && len([]rune(line))+1+len([]rune(word)) > width {
			fmt.Fprintln(w, line)
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(w, line)
}
