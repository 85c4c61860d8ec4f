// Package place says in which country and autonomous system an address is, by
// MaxMind DB files that the user names. It brings no data of its own.
//
// Start with [Open] and [Atlas.Lookup].
package place

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
)

// Atlas is one or more mmdb files. It may be used by many goroutines.
type Atlas struct {
	sources []source // in the order given: the first that knows an answer gives it

	mu     sync.Mutex
	recent cache
	err    error
}

// Open reads the files. Which of country and autonomous system each of them
// has, and under which names, is seen in its records.
//
// They are read into memory and not mapped: a mapped file that is replaced in
// place, as update scripts do, would kill the process.
func Open(files ...string) (*Atlas, error) {
	a := &Atlas{}
	for _, file := range files {
		data, err := read(file)
		if err != nil {
			return nil, err
		}
		s, err := newSource(file, data)
		if err != nil {
			return nil, err
		}
		a.sources = append(a.sources, s)
	}
	return a, nil
}

// Lookup returns the country (ISO 3166-1 alpha-2) and the number of the
// autonomous system of an address; "" and 0 where no file knows.
func (a *Atlas) Lookup(addr netip.Addr) (country string, asn uint32) {
	if !addr.IsValid() {
		return "", 0
	}
	addr = addr.Unmap().WithZone("")
	a.mu.Lock()
	defer a.mu.Unlock()
	if p, ok := a.recent.get(addr); ok {
		return p.country, p.asn
	}
	var p placed
	for _, s := range a.sources {
		if p.country != "" && p.asn != 0 {
			break
		}
		here, err := s.lookup(addr)
		if err != nil && a.err == nil {
			a.err = err
		}
		if p.country == "" {
			p.country = here.country
		}
		if p.asn == 0 {
			p.asn = here.asn
		}
	}
	a.recent.put(addr, p)
	return p.country, p.asn
}

// Err returns the first damage that a Lookup met. Addresses whose record is
// damaged are not placed.
func (a *Atlas) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// maxFile is far above any mmdb file there is; it stops a log given by mistake.
const maxFile = 4 << 30

func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("place: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("place: %s: %d bytes is too large for an mmdb file", file, info.Size())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("place: %w", err)
	}
	return data, nil
}

// describe says in plain words why bytes are not an mmdb file.
func describe(data []byte, err error) error {
	switch {
	case len(data) == 0:
		return errors.New("the file is empty")
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}), bytes.HasPrefix(data, []byte("PK")), bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return errors.New("the file is compressed: unpack it first")
	case !bytes.Contains(data, []byte("\xab\xcd\xefMaxMind.com")): // begins the metadata, at the end of every mmdb file
		return errors.New("not an mmdb file, or only the first part of one")
	}
	return fmt.Errorf("damaged: %.200q", err.Error())
}

// placed is what is known of one address.
type placed struct {
	country string
	asn     uint32
}

// cache remembers the last addresses: attacks come again and again from the
// same ones. When the young half is full it becomes the old one and what was
// old is forgotten.
type cache struct{ young, old map[netip.Addr]placed }

const halfCache = 32 << 10

func (c *cache) get(addr netip.Addr) (placed, bool) {
	if p, ok := c.young[addr]; ok {
		return p, true
	}
	p, ok := c.old[addr]
	if ok {
		c.put(addr, p)
	}
	return p, ok
}

func (c *cache) put(addr netip.Addr, p placed) {
	if c.young == nil || len(c.young) >= halfCache {
		c.young, c.old = map[netip.Addr]placed{}, c.young
	}
	c.young[addr] = p
}
