package main

import (
	"bytes"
	"fmt"
)

// plot draws what was said against what was true, as SVG.
func plot(bins []bin) []byte {
	const size, left, top = 300, 50, 20
	x := func(p float64) float64 { return left + p*size }
	y := func(p float64) float64 { return top + (1-p)*size }
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", size+left+30, size+top+50)
	fmt.Fprintf(&b, "<title>Reliability of the scores: what was said against how often it was true</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n")
	for i := range 6 {
		p := float64(i) / 5
		fmt.Fprintf(&b, `<path d="M%.1f %.1fH%.1fM%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%.1f</text><text x="%.1f" y="%.1f" text-anchor="end">%.1f</text>`+"\n",
			x(0), y(p), x(1), x(p), y(0), y(1), x(p), y(0)+15, p, x(0)-6, y(p)+4, p)
	}
	fmt.Fprintf(&b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#999" stroke-dasharray="4 3"/>`+"\n", x(0), y(0), x(1), y(1))
	for i, c := range bins {
		if i > 0 {
			fmt.Fprintf(&b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#1f5fa8" fill="none"/>`+"\n", x(bins[i-1].said), y(bins[i-1].true), x(c.said), y(c.true))
		}
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="#1f5fa8"><title>said %.3f, true %.3f, of %.0f candidates</title></circle>`+"\n", x(c.said), y(c.true), c.said, c.true, c.n)
	}
	fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle">said (score of a scenario never seen in training)</text><text transform="translate(14 %.1f) rotate(-90)" text-anchor="middle">true</text>`+"\n</svg>\n", x(0.5), y(0)+38, y(0.5))
	return b.Bytes()
}
