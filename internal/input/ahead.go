package input

import (
	"io"
	"sync"

	"github.com/pumphandle/pumphandle/internal/fill"
)

// ahead reads a source in a goroutine of its own, a few blocks ahead of who
// reads from it: unpacking takes as long as reading what is unpacked, and so
// both go on at the same time. What is small is read directly: there the start
// costs more than it brings.
type ahead struct {
	src    io.Reader
	direct int // bytes that are still read without a goroutine

	full  chan block
	free  chan []byte
	stop  chan struct{}
	group sync.WaitGroup

	have  []byte // what of the present block was not read yet
	taken []byte // the present block, to be given back
	err   error
}

// block is what one read gave; err is why it was the last.
type block struct {
	bytes []byte
	err   error
}

const (
	aheadDirect = 256 << 10
	aheadBlock  = 128 << 10
	aheadBlocks = 4
)

func newAhead(src io.Reader) *ahead { return &ahead{src: src, direct: aheadDirect} }

// Read reads what comes next.
func (a *ahead) Read(p []byte) (int, error) {
	if a.direct > 0 {
		n, err := a.src.Read(p[:min(len(p), a.direct)])
		a.direct -= n
		return n, err
	}
	if a.full == nil {
		a.start()
	}
	for len(a.have) == 0 {
		if a.err != nil {
			return 0, a.err
		}
		if a.taken != nil {
			a.free <- a.taken
		}
		b := <-a.full
		a.have, a.taken, a.err = b.bytes, b.bytes[:cap(b.bytes)], b.err
	}
	n := copy(p, a.have)
	a.have = a.have[n:]
	return n, nil
}

func (a *ahead) start() {
	a.full, a.free, a.stop = make(chan block, aheadBlocks), make(chan []byte, aheadBlocks), make(chan struct{})
	for range aheadBlocks {
		a.free <- make([]byte, aheadBlock)
	}
	a.group.Go(func() {
		for {
			select {
			case <-a.stop:
				return
			case buf := <-a.free:
				n, err := fill.Up(a.src, buf)
				a.full <- block{buf[:n], err} // there is room for all blocks
				if err != nil {
					return
				}
			}
		}
	})
}

// close ends the goroutine. The source may be closed after it.
func (a *ahead) close() {
	if a.full != nil {
		close(a.stop)
		a.group.Wait()
	}
}
