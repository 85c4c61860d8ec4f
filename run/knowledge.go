package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
)

// Knowledge is an actor base with what was learned from it.
type Knowledge struct {
	Base  *actor.Base
	Model *attribute.Model // nil: the base is too small to learn from
}

// DefaultBase returns where the actor base is kept if nothing else is said:
// in the user's folder for settings. It returns "" where there is none.
func DefaultBase() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "pumphandle", "actors.base")
}

// LoadKnowledge reads a base that [Knowledge.Save] wrote. A newer starter base
// of this program is taken into it. An empty path, or a file that is not there
// and need not be, stand for the starter base alone.
func LoadKnowledge(path string, must bool) (*Knowledge, error) {
	starter := &Knowledge{Base: actor.Starter()}
	if path == "" {
		return starter, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return starter, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the actor base: %w", err)
	}
	defer f.Close()
	base, extra, err := actor.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k := &Knowledge{Base: base}
	if extra != nil {
		if err := json.Unmarshal(extra, &k.Model); err != nil {
			return nil, fmt.Errorf("%s: the calibration: %w", path, err)
		}
	}
	if _, err := actor.AddStarter(base); err != nil {
		return nil, err
	}
	if k.Model != nil {
		k.Model.Base = base.Digest()
	}
	return k, nil
}

// Import adds the knowledge of files. Nothing is fetched. After an error the
// knowledge is as it was.
func (k *Knowledge) Import(files ...string) ([]actor.Imported, error) {
	var out []actor.Imported
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return out, fmt.Errorf("reading actor knowledge: %w", err)
		}
		if info, err := f.Stat(); err == nil && info.Size() > actor.MaxKnowledge {
			f.Close()
			return out, fmt.Errorf("actor knowledge %s: %d MiB; the largest that is read is %d MiB", name, info.Size()>>20, actor.MaxKnowledge>>20)
		}
		one, err := k.Base.Import(name, f)
		f.Close()
		if err != nil {
			return out, fmt.Errorf("reading actor knowledge: %w", err)
		}
		out = append(out, one)
	}
	return out, nil
}

// Calibrate learns anew what techniques and software are worth, if the base is
// another than the one that it was learned from.
func (k *Knowledge) Calibrate() {
	if k.Model == nil || k.Model.Base != k.Base.Digest() {
		k.Model = attribute.Calibrate(k.Base)
	}
}

// Save writes the base in the place of the file. Until it is whole the old one
// stays.
func (k *Knowledge) Save(path string) error {
	model, err := json.Marshal(k.Model)
	if err != nil {
		return fmt.Errorf("writing the actor base: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("writing the actor base: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing the actor base: %w", err)
	}
	err = k.Base.Write(f, model)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing the actor base: %w", err), os.Remove(f.Name()))
	}
	return nil
}
