// Package fill reads a source block by block.
package fill

import "io"

// Up reads until buf is full or the source ends or fails. Unlike [io.ReadFull] it
// gives the error of the source as it is, so that a packed text that is cut short
// is told from one that has ended, and it gives up on a source that gives nothing.
func Up(src io.Reader, buf []byte) (n int, err error) {
	for idle := 0; n < len(buf) && err == nil; idle++ {
		var more int
		if more, err = src.Read(buf[n:]); more > 0 {
			idle = 0
		}
		if n += more; err == nil && idle > 100 {
			err = io.ErrNoProgress
		}
	}
	return n, err
}
