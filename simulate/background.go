package simulate

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
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

// DefaultBackground returns the values of background.yaml.
func DefaultBackground() Background {
	var b Background
	if err := b.decode(backgroundFile); err != nil {
		panic(err) // the file is part of the program
	}
	return b
}

// ParseBackground returns the default values, replaced by those of a file of
// the same form.
func ParseBackground(data []byte) (Background, error) {
	b := DefaultBackground()
	if err := b.decode(data); err != nil {
		return b, fmt.Errorf("background: %w", err)
	}
	return b, b.check()
}

func (b *Background) decode(data []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(b); err != nil && !errors.Is(err, io.EOF) { // an empty file replaces nothing
		return err
	}
	return nil
}

// check refuses what would never end or divide by nothing.
func (b *Background) check() error {
	switch {
	case b.SignIns < 0 || b.SignIns > 1000 || b.HostNoise > 1e6 || b.NoiseBase > 1e6 || b.NoisePerAccount > 1000:
		return errors.New("background: a rate is out of range")
	case b.StaleEvery < time.Minute || b.AppEvery < time.Minute:
		return errors.New("background: stale_every and app_every are at least 1m")
	case b.TypoAlpha <= 0 || b.TypoBeta <= 0 || b.NoiseShape <= 0:
		return errors.New("background: typo_alpha, typo_beta and noise_shape are positive")
	case b.LockoutThreshold < 1 || b.LockoutDatacentres < 1 || b.LockoutGrowth < 1:
		return errors.New("background: lockout_threshold, lockout_datacentres and lockout_growth are at least 1")
	}
	return nil
}
