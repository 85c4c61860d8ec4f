package attach

import (
	"image"
	"math"
	"slices"
)

// A QR code has three squares whose middle line goes dark, light, dark, light,
// dark in the proportion 1:1:3:1:1 (ISO/IEC 18004 §6.3.3). Looking for three of
// them costs about a millisecond and spares the decoder nearly all pictures.

// finders is what is known of a code by its squares.
type finders struct {
	module float64 // pixels of a module, by the smallest square
	light  bool    // a light code on dark ground
}

// finderMark is one square, seen in several rows.
type finderMark struct {
	x, y, n int
	module  float64
	light   bool
}

const maxMarks = 128

// findFinders says what code there seems to be, nil if there is none.
func findFinders(lum []byte, w, h int) *finders {
	threshold := otsu(lum)
	marks := make([]finderMark, 0, 8)
	step := 1
	if h > 600 {
		step = 2
	}
	for y := 1; y < h; y += step {
		row := lum[y*w : (y+1)*w]
		var runs [5]int
		dark := row[0] < threshold
		length := 0
		for x := 0; x <= w; x++ {
			if x < w && (row[x] < threshold) == dark {
				length++
				continue
			}
			copy(runs[:], runs[1:])
			runs[4] = length
			if module, ok := proportion(runs); ok {
				centre := x - runs[4] - runs[3] - runs[2]/2 - 1
				if across(lum, w, h, centre, y, dark, threshold, module) {
					marks = addMark(marks, finderMark{x: centre, y: y, n: 1, module: module, light: !dark})
				}
			}
			dark, length = !dark, 1
		}
	}
	return corner(marks)
}

// corner looks for three squares of one size at the corners of half a square.
func corner(marks []finderMark) *finders {
	for i, a := range marks {
		if !a.seen() {
			continue
		}
		for j, b := range marks[:i] {
			if !b.seen() || !a.like(b) {
				continue
			}
			for _, c := range marks[:j] {
				if !c.seen() || !a.like(c) || !b.like(c) {
					continue
				}
				d := []float64{a.distance(b), b.distance(c), a.distance(c)}
				slices.Sort(d)
				module := (a.module + b.module + c.module) / 3
				// Turned squares look larger than they are, by up to a half: 14
				// modules between centres at least (version 1), 170 at most.
				if side := math.Sqrt(d[0]) / module; side < 9.5 || side > 200 {
					continue
				}
				if d[1] < 1.5*d[0] && math.Abs(d[2]-d[0]-d[1]) < 0.3*d[2] {
					return &finders{module: min(a.module, b.module, c.module), light: a.light}
				}
			}
		}
	}
	return nil
}

// seen says that a mark was met in enough rows for its size; three modules are
// dark, and in large pictures every second row is looked at.
func (m finderMark) seen() bool { return m.n >= 2 && m.module >= 1.3 && float64(m.n) >= m.module/2 }

// like says that two marks are of one colour and size.
func (m finderMark) like(o finderMark) bool {
	return m.light == o.light && m.module < 1.6*o.module && o.module < 1.6*m.module
}

// distance is the square of that between the centres.
func (m finderMark) distance(o finderMark) float64 {
	dx, dy := float64(m.x-o.x), float64(m.y-o.y)
	return dx*dx + dy*dy
}

// proportion says whether five runs are 1:1:3:1:1, each within half a module.
func proportion(runs [5]int) (module float64, ok bool) {
	total := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	if runs[0] == 0 || total < 7 {
		return 0, false
	}
	module = float64(total) / 7
	slack := module / 2
	for i, r := range runs {
		want, allowed := module, slack
		if i == 2 {
			want, allowed = 3*module, 3*slack
		}
		if d := float64(r) - want; d > allowed || -d > allowed {
			return 0, false
		}
	}
	return module, true
}

// across says whether the column through a centre has the proportion, too.
func across(lum []byte, w, h, x, y int, dark bool, threshold byte, module float64) bool {
	limit := int(module*6) + 2
	same := func(y int, want bool) bool { return y >= 0 && y < h && (lum[y*w+x] < threshold) == want }
	if x < 0 || x >= w || !same(y, dark) {
		return false
	}
	var runs [5]int
	runs[2] = 1
	for _, step := range []int{-1, 1} {
		at, want := y+step, dark
		for part := 0; part <= 2; part++ {
			n := 0
			for same(at, want) && n <= limit {
				n++
				at += step
			}
			runs[2+step*part] += n
			want = !want
		}
	}
	if runs[1] == 0 || runs[3] == 0 || runs[4] == 0 {
		return false
	}
	m, ok := proportion(runs)
	return ok && m < module*1.7 && module < m*1.7
}

// addMark joins a sighting with the square it belongs to.
func addMark(marks []finderMark, m finderMark) []finderMark {
	for i := range marks {
		k := &marks[i]
		near := int(2*k.module) + 1
		if k.light == m.light && abs(k.x-m.x) <= near && abs(k.y-m.y) <= near+2 {
			k.n++
			return marks
		}
	}
	if len(marks) == maxMarks { // forget what has passed and was no square
		marks = slices.DeleteFunc(marks, func(k finderMark) bool {
			return !k.seen() && float64(m.y-k.y) > 4*k.module
		})
	}
	if len(marks) < maxMarks {
		marks = append(marks, m)
	}
	return marks
}

// otsu is the threshold that divides grey into two classes best (Otsu 1979).
func otsu(lum []byte) byte {
	var histogram [256]int
	for i := 0; i < len(lum); i += 3 {
		histogram[lum[i]]++
	}
	total, sum := 0, 0
	for v, n := range histogram {
		total += n
		sum += v * n
	}
	best, at := -1.0, 128
	below, sumBelow := 0, 0
	first := at
	for v := range 255 {
		below += histogram[v]
		sumBelow += v * histogram[v]
		if below == 0 || below == total {
			continue
		}
		d := float64(sumBelow)/float64(below) - float64(sum-sumBelow)/float64(total-below)
		if s := d * d * float64(below) * float64(total-below); s > best {
			best, at, first = s, v+1, v+1
		} else if s == best {
			at = v + 1 // a plateau between two peaks: its middle
		}
	}
	return byte((first + at) / 2)
}

// scale is by how much a picture is made smaller for the decoder: if small is
// wanted, to about four pixels a module, which is read fastest.
func (f *finders) scale(small bool) int {
	if small && f.module > 7 {
		return int(f.module / 4)
	}
	return 1
}

// picture makes an image for the decoder, dark on light, smaller by a scale. It
// is the whole picture: where three squares are does not say where a turned
// code ends, and a logo may look like a fourth.
func (f *finders) picture(lum []byte, w, h, scale int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w/scale, h/scale))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			sum := 0
			for dy := range scale {
				for _, v := range lum[(y*scale+dy)*w+x*scale:][:scale] {
					sum += int(v)
				}
			}
			v := byte(sum / (scale * scale))
			if f.light {
				v = 255 - v
			}
			m.Pix[y*m.Stride+x] = v
		}
	}
	return m
}
