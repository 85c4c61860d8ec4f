package main

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// pairs writes n sshd sign-ins over 30 days, of which no two are of the same
// account from the same address: 1,000,000 accounts of ten hosts, each from ten
// addresses of 2,000,000. It is the worst that a log can ask a memory of who
// signs in from where to hold.
func pairs(w io.Writer, n int) error {
	const accounts, addrs = 1_000_000, 2_000_000
	out := bufio.NewWriterSize(w, 1<<20)
	at := time.Date(2026, 8, 16, 0, 0, 0, 0, time.UTC)
	step := 30 * 24 * time.Hour / time.Duration(n)
	for i := range n {
		account := i % accounts
		// Every round moves the accounts on by an odd number of addresses, so that
		// no pair returns.
		addr := (account + i/accounts*123_457) % addrs
		_, err := fmt.Fprintf(out, "%s gw.h%02d.example sshd[%d]: Accepted publickey for u%07d from 10.%d.%d.%d port %d ssh2\n",
			at.Add(time.Duration(i)*step).Format(time.Stamp), account%10, 1000+i%60_000, account, addr>>16, addr>>8&255, addr&255, 1024+i%60_000)
		if err != nil {
			return err
		}
	}
	return out.Flush()
}
