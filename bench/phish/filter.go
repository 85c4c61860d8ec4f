package phish

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Filter is one program that scored the same mails in neutral form.
type Filter struct {
	Name   string        `json:"name"`
	Mails  int           `json:"mails"`
	At     []FilterPoint `json:"at"`
	Own    string        `json:"own"`       // what it does by its own limit
	Limit  []Named       `json:"own_limit"` // share it then flags, by set
	CPU    float64       `json:"cpu_seconds,omitempty"`
	Speed  float64       `json:"mails_per_cpu_second,omitempty"` // its start included
	Memory int64         `json:"peak_rss_bytes,omitempty"`       // of its largest process
	Load   float64       `json:"load"`
	Lacks  string        `json:"lacks"` // of what it has where it is used
}

// FilterPoint is what a filter finds at a threshold chosen on the modern ham.
type FilterPoint struct {
	Rate    float64 `json:"rate"`
	Limit   float64 `json:"threshold"`
	Recall  Share   `json:"recall"`
	HamList Share   `json:"modern_ham"`
	HamEasy Share   `json:"easy_ham"`
	HamHard Share   `json:"hard_ham"`
}

// WriteSample writes the sets in neutral form into one directory, one mail a
// file, every so manyth where there are more than most (0: all). It returns
// how many it wrote. Spam is left out: flagging it is neither right nor wrong.
func WriteSample(data, dir string, most int) (int, error) {
	var all []Mail
	err := Sets(data, func(m Mail) error {
		if m.Label != "spam" {
			all = append(all, m)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	n := 0
	for i, m := range all {
		if most > 0 && i*most/len(all) == (i-1)*most/len(all) && i > 0 && most < len(all) {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, sampleName(&m)), Neutral(m.Raw), 0o644); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// sampleName holds what is needed of a mail to count it: nothing but the name
// comes back from a filter.
func sampleName(m *Mail) string {
	return strings.ReplaceAll(part(m), " ", "_") + "~" + m.File
}

func partOfSample(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), "~")
	return strings.ReplaceAll(name, "_", " ")
}

// ReadFilter reads what a filter said of the mails of [WriteSample]: lines of
// pumphandle mail --json, the output of rspamc symbols, or lines of score, tab
// and file.
func ReadFilter(name string, r io.Reader) (*Filter, error) {
	f := &Filter{Name: name}
	own, lacks := 0., ""
	scores, flagged := map[string][]float64{}, map[string]count{}
	add := func(file string, score float64, flag bool) {
		p := partOfSample(file)
		f.Mails++
		scores[p] = append(scores[p], score)
		flagged[p] = flagged[p].plus(count{yes(flag), 1})
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 8<<20)
	file := ""
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "{"):
			f.Own, lacks = "alert", "the past of an organisation, the organisation's own names"
			var v struct {
				File  string
				Score float64
				Alert bool
			}
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				return nil, fmt.Errorf("what %s said: %w", name, err)
			}
			add(v.File, v.Score, v.Alert)
		case strings.HasPrefix(line, "Results for file: "):
			file, _, _ = strings.Cut(strings.TrimPrefix(line, "Results for file: "), " (")
		case strings.HasPrefix(line, "Score: ") && file != "":
			f.Own, own, lacks = "6 or more", 6, "DNS lists, SPF, DKIM, DMARC, fuzzy hashes, Bayes, replies"
			text, _, _ := strings.Cut(strings.TrimPrefix(line, "Score: "), " ")
			score, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, fmt.Errorf("what %s said: %w", name, err)
			}
			add(file, score, score >= own)
			file = ""
		default:
			text, path, ok := strings.Cut(line, "\t")
			score, err := strconv.ParseFloat(text, 64)
			if !ok || err != nil {
				continue // symbols and the like
			}
			f.Own, own, lacks = "5 or more", 5, "DNS lists, SPF, DKIM verification, Razor, Pyzor, Bayes, senders' reputation"
			add(path, score, score >= own)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("what %s said: %w", name, err)
	}
	if len(scores[phishSet]) == 0 || len(scores[listHam]) == 0 {
		return nil, fmt.Errorf("%s said nothing of phish or of modern ham", name)
	}
	f.Lacks = lacks
	for _, rate := range rates {
		t := threshold(scores[listHam], rate)
		f.At = append(f.At, FilterPoint{rate, t, above(scores[phishSet], t), above(scores[listHam], t), above(scores[easyHam], t), above(scores[hardHam], t)})
	}
	for _, p := range parts {
		if c := flagged[p]; c.n > 0 {
			f.Limit = append(f.Limit, Named{p, c.share()})
		}
	}
	return f, nil
}

// Cost sets what a filter took.
func (f *Filter) Cost(cpu float64, memory int64, load float64) {
	f.CPU, f.Memory, f.Load = cpu, memory, load
	if cpu > 0 {
		f.Speed = float64(f.Mails) / cpu
	}
}

// WriteFilters writes filters beside each other.
func WriteFilters(w io.Writer, all []*Filter) error {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	fmt.Fprint(t, "filter\tmails\trecall, 1 % of modern ham\t0.1 %\t2002 ham easy, 1 %\thard, 1 %\tmails a CPU second\tpeak MB\tload\n")
	for _, f := range all {
		a, b := f.At[0], f.At[1]
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t%.1f\t%.0f\t%.1f\n", f.Name, f.Mails, a.Recall, b.Recall, a.HamEasy, a.HamHard, f.Speed, float64(f.Memory)/1e6, f.Load)
	}
	fmt.Fprint(t, "\t\n")
	for _, f := range all {
		fmt.Fprintf(t, "%s, %s", f.Name, f.Own)
		for _, n := range f.Limit {
			fmt.Fprintf(t, "\t%s %s", n.Name, n)
		}
		fmt.Fprint(t, "\n")
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	for _, f := range all {
		if _, err := fmt.Fprintf(w, "%s lacks here: %s\n", f.Name, f.Lacks); err != nil {
			return fmt.Errorf("writing the table: %w", err)
		}
	}
	return nil
}
