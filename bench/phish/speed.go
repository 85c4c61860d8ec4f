package phish

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Speed is what the verb mail takes for all sets in neutral form, on one
// processor, reading files and writing a line of JSON for each mail included.
type Speed struct {
	Input      string  `json:"input"` // eml: a file for each mail; mbox: one file
	Mails      int     `json:"mails"`
	Bytes      int64   `json:"bytes"`
	CPUSeconds float64 `json:"cpu_seconds"`
	PerSecond  float64 `json:"mails_per_cpu_second"`
	PeakBytes  int64   `json:"peak_rss_bytes,omitempty"` // 0: the system does not say
	Load       float64 `json:"load"`                     // average of the minute before
}

// measureSpeed writes the mails below dir and lets the program judge them.
func measureSpeed(ctx context.Context, program string, args []string, dir string, mails []Mail) ([]Speed, error) {
	var out []Speed
	for _, way := range []struct {
		name  string
		write func(path string, mails []Mail) (int64, error)
	}{{"eml", writeFiles}, {"mbox", writeMbox}} {
		path := filepath.Join(dir, way.name)
		size, err := way.write(path, mails)
		if err != nil {
			return nil, fmt.Errorf("writing mails to measure speed: %w", err)
		}
		s := Speed{Input: way.name, Mails: len(mails), Bytes: size, Load: load()}
		if err := s.measure(ctx, program, append([]string{"mail", "--json", path}, args...)); err != nil {
			return nil, fmt.Errorf("measuring speed: %w", err)
		}
		out = append(out, s)
	}
	return out, nil
}

func writeFiles(path string, mails []Mail) (size int64, err error) {
	if err := os.Mkdir(path, 0o755); err != nil {
		return 0, err
	}
	for i, m := range mails {
		if err := os.WriteFile(filepath.Join(path, fmt.Sprintf("%06d.eml", i)), m.Raw, 0o644); err != nil {
			return 0, err
		}
		size += int64(len(m.Raw))
	}
	return size, nil
}

// writeMbox writes the form mboxrd: a line of the mail that looks like a
// separator gets one more ">".
func writeMbox(path string, mails []Mail) (size int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	for _, m := range mails {
		fmt.Fprint(b, "From bench@research-hospital.example Mon Jan  5 00:00:00 2026\n")
		for line := range strings.Lines(string(m.Raw)) {
			if strings.HasPrefix(strings.TrimLeft(line, ">"), "From ") {
				b.WriteString(">")
			}
			b.WriteString(line)
		}
		b.WriteString("\n\n")
		size += int64(len(m.Raw))
	}
	if err := b.Flush(); err != nil {
		return 0, err
	}
	return size, f.Close()
}

// measure runs the program on one processor.
func (s *Speed) measure(ctx context.Context, program string, args []string) error {
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append(os.Environ(), "GOMAXPROCS=1")
	c.Stdout = io.Discard
	var complaint strings.Builder
	c.Stderr = &complaint
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- watch(c.Process.Pid, ended) }()
	err := c.Wait()
	close(ended)
	s.PeakBytes = <-peak
	if code := c.ProcessState.ExitCode(); code < 0 || code == 1 || code == 2 { // the others tell of alerts and of what could not be read
		return fmt.Errorf("%s %s: %w: %.200s", program, strings.Join(args, " "), err, complaint.String())
	}
	s.CPUSeconds = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	if s.CPUSeconds > 0 {
		s.PerSecond = float64(s.Mails) / s.CPUSeconds
	}
	return nil
}

// watch reads the peak memory of a process until it has ended. What getrusage
// says of a child would include the memory of this program, which started it.
func watch(pid int, ended <-chan struct{}) (peak int64) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return peak
		case <-tick.C:
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if err != nil {
				continue
			}
			if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
				kb, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
				if n, err := strconv.ParseInt(kb, 10, 64); err == nil {
					peak = max(peak, n<<10)
				}
			}
		}
	}
}

// load is the load average of the last minute, 0 where the system does not say.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	x, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return x
}
