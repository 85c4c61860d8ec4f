package simulate

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed background.yaml
var backgroundFile []byte

// Background is the parameters of innocent traffic, of hostile noise aimed at
// everybody, and of the provider's lock-out. What each means stands in
// background.yaml.
type Background struct {
	SignIns    float64 `yaml:"sign_ins"`
	Weekend    float64 `yaml:"weekend"`
	ShiftShare float64 `yaml:"shift_share"`
	Home       float64 `yaml:"home"`
	Mobile     float64 `yaml:"mobile"`
	Travel     float64 `yaml:"travel"`
	NewAddress float64 `yaml:"new_address"`
	MFAShare   float64 `yaml:"mfa_share"`
	MFAMissed  float64 `yaml:"mfa_missed"`
	Interrupts float64 `yaml:"interrupts"`

	TypoAlpha float64 `yaml:"typo_alpha"`
	TypoBeta  float64 `yaml:"typo_beta"`
	TypoAgain float64 `yaml:"typo_again"`

	StaleShare float64       `yaml:"stale_share"`
	StaleEvery time.Duration `yaml:"stale_every"`
	StaleDays  float64       `yaml:"stale_days"`

	Apps     int           `yaml:"apps"`
	AppEvery time.Duration `yaml:"app_every"`

	Workloads       int           `yaml:"workloads"`
	WorkloadEvery   time.Duration `yaml:"workload_every"`
	WorkloadExpired float64       `yaml:"workload_expired"`

	RotationShare float64 `yaml:"rotation_share"`

	NoiseBase       float64 `yaml:"noise_base"`
	NoisePerAccount float64 `yaml:"noise_per_account"`
	NoiseShape      float64 `yaml:"noise_shape"`
	NoiseKnown      float64 `yaml:"noise_known"`
	HostNoise       float64 `yaml:"host_noise"`

	LockoutThreshold   int           `yaml:"lockout_threshold"`
	LockoutFirst       time.Duration `yaml:"lockout_first"`
	LockoutGrowth      float64       `yaml:"lockout_growth"`
	LockoutLongest     time.Duration `yaml:"lockout_longest"`
	LockoutMemory      time.Duration `yaml:"lockout_memory"`
	LockoutDatacentres int           `yaml:"lockout_datacentres"`
}

// BackgroundFile returns the documented file of all parameters with their
// default values.
func BackgroundFile() []byte { return bytes.Clone(backgroundFile) }

// DefaultBackground returns the values of background.yaml.
func DefaultBackground() Background {
	var b Background
	if err := b.decode("background.yaml", backgroundFile); err != nil {
		panic(err) // the file is part of the program
	}
	return b
}

// ParseBackground returns the given values, replaced by those that a file of
// the form of background.yaml names. Its errors begin with name and line.
func ParseBackground(b Background, name string, data []byte) (Background, error) {
	if err := b.decode(name, data); err != nil {
		return b, err
	}
	if err := b.check(); err != nil {
		return b, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

func (b *Background) decode(name string, data []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	err := dec.Decode(b)
	if err == nil || errors.Is(err, io.EOF) { // an empty file replaces nothing
		return nil
	}
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w", name, err)
	}
	all := make([]error, len(wrong.Errors))
	for i, text := range wrong.Errors {
		all[i] = errors.New(located(name, text))
	}
	return errors.Join(all...)
}

// The two mistakes in a file of parameters, as package yaml words them.
var (
	unknownField = regexp.MustCompile(`^line (\d+): field (.*) not found in type .*$`)
	wrongValue   = regexp.MustCompile("^line (\\d+): cannot unmarshal !!\\w+ (?:`(.*)` )?into (?:time\\.)?(\\w+)$")
)

// located words a mistake as file, line, reason.
func located(name, text string) string {
	if m := unknownField.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("%s:%s: no parameter is called %q", name, m[1], m[2])
	}
	if m := wrongValue.FindStringSubmatch(text); m != nil {
		kind := map[string]string{"float64": "a number", "int": "a whole number", "Duration": "a duration like 45m"}[m[3]]
		if kind != "" {
			return fmt.Sprintf("%s:%s: %q is not %s", name, m[1], m[2], kind)
		}
	}
	return name + ": " + text
}

// check refuses what would never end, divide by nothing or mean nothing.
func (b *Background) check() error {
	const most = math.MaxInt32
	day := float64(24 * time.Hour)
	for _, p := range []struct {
		name             string
		value, low, high float64
	}{
		{"sign_ins", b.SignIns, 0, 1000},
		{"weekend", b.Weekend, 0, 1},
		{"shift_share", b.ShiftShare, 0, 1},
		{"home", b.Home, 0, 1},
		{"mobile", b.Mobile, 0, 1},
		{"travel", b.Travel, 0, 1},
		{"new_address", b.NewAddress, 0, 1},
		{"mfa_share", b.MFAShare, 0, 1},
		{"mfa_missed", b.MFAMissed, 0, 1},
		{"interrupts", b.Interrupts, 0, 1},
		{"typo_alpha", b.TypoAlpha, 1e-3, 1e6},
		{"typo_beta", b.TypoBeta, 1e-3, 1e6},
		{"typo_again", b.TypoAgain, 0, 1},
		{"stale_share", b.StaleShare, 0, 1},
		{"stale_days", b.StaleDays, 0, 400},
		{"apps", float64(b.Apps), 0, 1000},
		{"workloads", float64(b.Workloads), 0, 1000},
		{"workload_expired", b.WorkloadExpired, 0, 1},
		{"rotation_share", b.RotationShare, 0, 1},
		{"noise_base", b.NoiseBase, 0, 1e6},
		{"noise_per_account", b.NoisePerAccount, 0, 1000},
		{"noise_shape", b.NoiseShape, 1e-3, 1e6},
		{"noise_known", b.NoiseKnown, 0, 1},
		{"host_noise", b.HostNoise, 0, 1e6},
		{"lockout_threshold", float64(b.LockoutThreshold), 1, most},
		{"lockout_growth", b.LockoutGrowth, 1, 1e6},
		{"lockout_datacentres", float64(b.LockoutDatacentres), 1, 255},
	} {
		if !(p.value >= p.low && p.value <= p.high) {
			return fmt.Errorf("%s: %v is not between %v and %v", p.name, p.value, p.low, p.high)
		}
	}
	for _, p := range []struct {
		name             string
		value, low, high time.Duration
	}{
		{"stale_every", b.StaleEvery, time.Minute, time.Duration(400 * day)},
		{"app_every", b.AppEvery, time.Minute, time.Duration(400 * day)},
		{"workload_every", b.WorkloadEvery, time.Minute, time.Duration(400 * day)},
		{"lockout_first", b.LockoutFirst, 0, time.Duration(400 * day)},
		{"lockout_longest", b.LockoutLongest, 0, time.Duration(400 * day)},
		{"lockout_memory", b.LockoutMemory, 0, time.Duration(400 * day)},
	} {
		if p.value < p.low || p.value > p.high {
			return fmt.Errorf("%s: %s is not between %s and %s", p.name, p.value, p.low, p.high)
		}
	}
	if b.Home+b.Mobile > 1 {
		return fmt.Errorf("home and mobile: the shares are %v in sum, more than all", b.Home+b.Mobile)
	}
	return nil
}
