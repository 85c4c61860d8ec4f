package attach

import "image"

// A QR code has three squares whose middle line goes dark, light, dark, light,
// dark in the proportion 1:1:3:1:1 (ISO/IEC 18004 §6.3.3). Looking for three of
// them costs about a millisecond and spares the decoder nearly all pictures.

// finders is where the squares of one code are.
type finders struct {
	x0, y0, x1, y1 int     // the box around their centres
	module         float64 // pixels of a module
	light          bool    // a light code on dark ground
}

// finderMark is one square, seen in several rows.
type finderMark struct {
	x, y, n int
	module  float64
	light   bool
}

const maxMarks = 64

// findFinders gives the squares, nil if there are not three.
func findFinders(lum []byte, w, h int) *finders {
	threshold := otsu(lum)
	marks := make([]finderMark, 0, 8)
	for y := 1; y < h; y += 2 {
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
	for _, light := range []bool{false, true} {
		f := finders{x0: w, y0: h, light: light}
		n := 0
		for _, m := range marks {
			if m.light != light || m.n < 2 && m.module > 2.5 {
				continue
			}
			n++
			f.x0, f.y0, f.x1, f.y1 = min(f.x0, m.x), min(f.y0, m.y), max(f.x1, m.x), max(f.y1, m.y)
			f.module = max(f.module, m.module)
		}
		if n >= 3 {
			return &f
		}
	}
	return nil
}

// proportion says whether five runs are 1:1:3:1:1, each within half a module.
func proportion(runs [5]int) (module float64, ok bool) {
	total := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	if runs[0] == 0 || total < 7 {
		return 0, false
	}
	module = float64(total) / 7
	slack := module * 0.6
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

// crop cuts out the code with its quiet zone, dark on light, at about four
// pixels a module, which is what the decoder reads fastest and best.
func (f *finders) crop(lum []byte, w, h int) *image.Gray {
	margin := int(f.module*9) + 4
	x0, y0, x1, y1 := max(0, f.x0-margin), max(0, f.y0-margin), min(w, f.x1+margin), min(h, f.y1+margin)
	scale := 1
	if f.module > 7 {
		scale = int(f.module / 4)
	}
	// A mark that is none blows the box up: a million pixels are enough.
	for (x1-x0)/scale*((y1-y0)/scale) > 1<<20 {
		scale++
	}
	m := image.NewGray(image.Rect(0, 0, (x1-x0)/scale, (y1-y0)/scale))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			sum := 0
			for dy := range scale {
				for _, v := range lum[(y0+y*scale+dy)*w+x0+x*scale:][:scale] {
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
