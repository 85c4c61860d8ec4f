package signin

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// authLog writes an auth.log of a million lines a day: mostly refused names and
// passwords, from many addresses, and a third good sign-ins.
func authLog(lines int) []byte {
	var b bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	for i := range lines {
		at = at.Add(24 * time.Hour / 1_000_000)
		pid, port := 1000+i%30000, 1024+random.IntN(60000)
		addr := fmt.Sprintf("198.51.%d.%d", random.IntN(80), random.IntN(256))
		fmt.Fprintf(&b, "%s bastion sshd[%d]: ", at.Format(time.Stamp), pid)
		switch user := random.IntN(20000); random.IntN(20) {
		case 0, 1, 2, 3, 4, 5:
			fmt.Fprintf(&b, "Failed password for invalid user name%d from %s port %d ssh2\n", user, addr, port)
		case 6, 7, 8:
			fmt.Fprintf(&b, "Failed password for root from %s port %d ssh2\n", addr, port)
		case 9, 10:
			fmt.Fprintf(&b, "Invalid user name%d from %s port %d\n", user, addr, port)
		case 11:
			fmt.Fprintf(&b, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%s  user=root\n", addr)
		case 12:
			fmt.Fprintf(&b, "Connection closed by invalid user name%d %s port %d [preauth]\n", user, addr, port)
		case 13:
			fmt.Fprintf(&b, "Received disconnect from %s port %d:11: Bye Bye [preauth]\n", addr, port)
		default:
			fmt.Fprintf(&b, "Accepted publickey for user%d from %s port %d ssh2: ED25519 SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", user, addr, port)
		}
	}
	return b.Bytes()
}

func BenchmarkSSHD(b *testing.B) {
	const lines = 100_000
	text := authLog(lines)
	opt := Options{Year: 2026}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for ev, err := range sshd.Decode(bytes.NewReader(text), opt) {
			if err != nil {
				b.Fatal(err)
			}
			if ev.Class != ClassNone {
				n++
			}
		}
		if n < lines*9/10 {
			b.Fatalf("%d sign-ins", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/line")
}
