// Measure runs one command and appends what it cost to a file of JSON lines;
// or prints such a file as a table.
//
//	measure run [-in FILE] [-out FILE] [-limit 10m] [-good 3] -input LOG -lines N -name NAME -to RESULTS COMMAND [ARG]…
//	measure skip -input LOG -name NAME -why TEXT -to RESULTS
//	measure table RESULTS
//
// CPU seconds and peak memory are those of the command and of its children, as
// the kernel counts them (getrusage of the child). The peak includes the moment
// before the command's own program is loaded, so that nothing below about 4 MB
// can be told apart.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// result is what one command cost.
type result struct {
	Name    string  `json:"name"`
	Input   string  `json:"input"`
	Lines   int64   `json:"lines,omitempty"` // of the input
	Command string  `json:"command,omitempty"`
	Wall    float64 `json:"wall_seconds,omitempty"`
	CPU     float64 `json:"cpu_seconds,omitempty"` // user and system
	RSS     int64   `json:"peak_rss_bytes,omitempty"`
	Exit    int     `json:"exit"`
	Note    string  `json:"note,omitempty"` // why it was skipped or ended
	Skipped bool    `json:"skipped,omitempty"`
}

func main() {
	err := errors.New("usage: measure run|skip|table …")
	if len(os.Args) > 1 {
		switch args := os.Args[2:]; os.Args[1] {
		case "run":
			err = run(args)
		case "skip":
			err = skip(args)
		case "table":
			err = table(args)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var r result
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	in := flags.String("in", os.DevNull, "what the command reads on standard input")
	out := flags.String("out", os.DevNull, "where its standard output goes")
	limit := flags.Duration("limit", 10*time.Minute, "after this long it is killed")
	good := flags.Int("good", 0, "an exit code that is no failure, beside 0")
	to := flags.String("to", "", "file of results")
	flags.StringVar(&r.Name, "name", "", "name of what is measured")
	flags.StringVar(&r.Input, "input", "", "name of the input")
	flags.Int64Var(&r.Lines, "lines", 0, "lines of the input")
	flags.Parse(args)
	if flags.NArg() == 0 || *to == "" {
		return errors.New("run: -to and a command are needed")
	}
	r.Command = strings.Join(flags.Args(), " ")
	if err := r.measure(flags.Args(), *in, *out, *limit); err != nil {
		return err
	}
	if r.Exit == 0 || r.Exit == *good {
		r.Note = ""
	}
	return save(*to, r)
}

// measure runs the command. That it fails is a result, too.
func (r *result) measure(command []string, in, out string, limit time.Duration) error {
	stdin, err := os.Open(in)
	if err != nil {
		return err
	}
	defer stdin.Close()
	stdout, err := os.Create(out)
	if err != nil {
		return err
	}
	defer stdout.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var complaint bytes.Buffer
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = stdin, stdout, &complaint
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } // with its children
	c.WaitDelay = 5 * time.Second
	start := time.Now()
	err = c.Run()
	r.Wall = time.Since(start).Seconds()
	if c.ProcessState == nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	usage := c.ProcessState.SysUsage().(*syscall.Rusage)
	r.CPU = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	r.RSS = usage.Maxrss * 1024 // Linux counts in KiB
	r.Exit = c.ProcessState.ExitCode()
	r.Note = fmt.Sprintf("exit %d: %s", r.Exit, lastLine(complaint.String()))
	if ctx.Err() != nil {
		r.Note = fmt.Sprintf("killed after %s", limit)
	}
	return nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	last := lines[len(lines)-1]
	return last[:min(len(last), 120)]
}

func skip(args []string) error {
	r := result{Skipped: true}
	flags := flag.NewFlagSet("skip", flag.ExitOnError)
	to := flags.String("to", "", "file of results")
	flags.StringVar(&r.Name, "name", "", "name of what is skipped")
	flags.StringVar(&r.Input, "input", "", "name of the input")
	flags.StringVar(&r.Note, "why", "", "reason")
	flags.Parse(args)
	return save(*to, r)
}

func save(path string, r result) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := json.NewEncoder(f).Encode(r); err != nil {
		return err
	}
	return f.Close()
}

// table prints the results of each input, the cheapest first. Ratios are to
// pumphandle: 10 means ten times what pumphandle took.
func table(args []string) error {
	if len(args) != 1 {
		return errors.New("table: one file of results is needed")
	}
	results, err := load(args[0])
	if err != nil {
		return err
	}
	for _, group := range byInput(results) {
		printGroup(group)
	}
	return nil
}

func load(path string) ([]result, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []result
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, r)
	}
	return all, lines.Err()
}

// byInput groups the results in the order in which the inputs first stand.
func byInput(all []result) [][]result {
	var groups [][]result
	for _, r := range all {
		i := slices.IndexFunc(groups, func(g []result) bool { return g[0].Input == r.Input })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

func printGroup(group []result) {
	slices.SortStableFunc(group, func(a, b result) int {
		if a.Skipped != b.Skipped {
			return map[bool]int{true: 1, false: -1}[a.Skipped]
		}
		return cmp.Compare(a.CPU, b.CPU)
	})
	var own result
	for _, r := range group {
		if strings.HasPrefix(r.Name, "pumphandle") {
			own = r
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(os.Stdout, "\n%s\n", group[0].Input)
	fmt.Fprintln(w, "\tCPU s\tx\tMB\tx\twall s\tlines/CPU s\t\t")
	for _, r := range group {
		if r.Skipped {
			fmt.Fprintf(w, "%s\t-\t-\t-\t-\t-\t-\t  skipped: %s\t\n", r.Name, r.Note)
			continue
		}
		fmt.Fprintf(w, "%s\t%.2f\t%s\t%.0f\t%s\t%.2f\t%s\t  %s\t\n", r.Name,
			r.CPU, ratio(r.CPU, own.CPU), float64(r.RSS)/1e6, ratio(float64(r.RSS), float64(own.RSS)), r.Wall,
			rate(r.Lines, r.CPU), r.Note)
	}
	w.Flush()
}

func ratio(a, b float64) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", a/b)
}

func rate(lines int64, seconds float64) string {
	if lines == 0 || seconds < 0.005 {
		return "-"
	}
	return fmt.Sprintf("%.0fk", float64(lines)/seconds/1000)
}
