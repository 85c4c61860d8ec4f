// Measure runs one command and appends what it cost to a file of JSON lines;
// or prints such a file as a table.
//
//	measure run [-in FILE] [-out FILE] [-limit 10m] [-good 3] -input LOG -lines N -name NAME -to RESULTS COMMAND [ARG]…
//	measure skip -input LOG -name NAME -why TEXT -to RESULTS
//	measure table [-json FILE] RESULTS
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
	"runtime"
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
	Lines   int64   `json:"lines,omitempty"` // of the input, or its records where it has no lines
	Command string  `json:"command,omitempty"`
	Wall    float64 `json:"wall_seconds,omitempty"`
	CPU     float64 `json:"cpu_seconds,omitempty"` // user and system
	RSS     int64   `json:"peak_rss_bytes,omitempty"`
	Load    float64 `json:"load"` // average of the minute before it began
	Exit    int     `json:"exit"`
	Note    string  `json:"note,omitempty"` // why it was skipped or ended
	Skipped bool    `json:"skipped,omitempty"`

	// To what pumphandle took on the same input; 10 means ten times that. They
	// are 0 where either did not end well, and in the file of single results.
	CPURatio float64 `json:"cpu_ratio,omitempty"`
	RSSRatio float64 `json:"peak_rss_ratio,omitempty"`
}

func (r *result) good() bool { return !r.Skipped && r.Note == "" }

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
	r.Command, r.Load = strings.Join(flags.Args(), " "), load1()
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

// load1 is the load average, 0 where the system does not say.
func load1() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	var load float64
	if _, err := fmt.Sscan(string(text), &load); err != nil {
		return 0
	}
	return load
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

// table prints the results of each input, the cheapest first, and writes them
// with their ratios as JSON.
func table(args []string) error {
	flags := flag.NewFlagSet("table", flag.ExitOnError)
	out := flags.String("json", "", "file for the results with ratios")
	flags.Parse(args)
	if flags.NArg() != 1 {
		return errors.New("table: one file of results is needed")
	}
	results, err := load(flags.Arg(0))
	if err != nil {
		return err
	}
	groups := byInput(results)
	for _, group := range groups {
		compare(group)
		printGroup(group)
	}
	if *out == "" {
		return nil
	}
	text, err := json.MarshalIndent(slices.Concat(groups...), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(*out, append(text, '\n'), 0o644)
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

// compare sorts the results of one input and fills in their ratios.
func compare(group []result) {
	slices.SortStableFunc(group, func(a, b result) int {
		if a.Skipped != b.Skipped {
			return map[bool]int{true: 1, false: -1}[a.Skipped]
		}
		return cmp.Compare(a.CPU, b.CPU)
	})
	own := slices.IndexFunc(group, func(r result) bool { return r.Name == "pumphandle" && r.good() })
	if own < 0 || group[own].CPU == 0 {
		return
	}
	for i := range group {
		if r := &group[i]; r.good() {
			r.CPURatio = r.CPU / group[own].CPU
			r.RSSRatio = float64(r.RSS) / float64(group[own].RSS)
		}
	}
}

// printGroup keeps within 80 columns: notes stand below.
func printGroup(group []result) {
	fmt.Printf("\n%s, on %d processors, %s\n", group[0].Input, runtime.NumCPU(), loads(group))
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tCPU s\tx\tpeak MB\tx\twall s\trecords/CPU s\t")
	for _, r := range group {
		if r.Skipped {
			continue
		}
		fmt.Fprintf(w, "%s\t%.2f\t%s\t%.0f\t%s\t%.1f\t%s\t\n",
			r.Name, r.CPU, ratio(r.CPURatio), float64(r.RSS)/1e6, ratio(r.RSSRatio), r.Wall, rate(r.Lines, r.CPU))
	}
	w.Flush()
	for _, r := range group {
		switch {
		case r.Skipped:
			fmt.Printf("skipped %s:\n  %s\n", r.Name, r.Note)
		case !r.good():
			fmt.Printf("%s did not end well:\n  %s\n", r.Name, r.Note)
		}
	}
}

func loads(group []result) string {
	var low, high float64
	for _, r := range group {
		if r.Skipped {
			continue
		}
		if high == 0 {
			low = r.Load
		}
		low, high = min(low, r.Load), max(high, r.Load)
	}
	return fmt.Sprintf("load %.1f to %.1f", low, high)
}

func ratio(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", x)
}

func rate(records int64, seconds float64) string {
	if records == 0 || seconds < 0.005 {
		return "-"
	}
	return fmt.Sprintf("%.0fk", float64(records)/seconds/1000)
}
