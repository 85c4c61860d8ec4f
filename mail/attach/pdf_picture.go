package attach

// picture looks for a QR code in an image.
func (p *pdfScan) picture(o pdfObject, data []byte, flate bool) {
	m := subject{path: p.s.path + "!image", body: data}
	if o.names["DCTDecode"] || o.names["DCT"] {
		if !flate {
			m.kind = "jpeg"
			p.x.image(m)
		}
		return
	}
	if !flate || p.x.images <= 0 || o.width*o.height > pdfPixels || !fits(o.width, o.height) {
		return
	}
	b := p.inflate(data, true)
	if b == nil {
		return
	}
	defer p.x.release(b)
	if lum := pdfLuminance(b, o); lum != nil {
		p.x.images--
		p.x.qr(m, lum, o.width, o.height)
	}
}

// pdfLuminance makes grey of samples; the number of colours follows from their
// amount. An index into a palette is taken for a grey: QR codes have two.
func pdfLuminance(b []byte, o pdfObject) []byte {
	if o.bits == 0 && o.names["ImageMask"] {
		o.bits = 1
	}
	if o.bits != 1 && o.bits != 2 && o.bits != 4 && o.bits != 8 {
		return nil
	}
	for _, colours := range []int{1, 3, 4} {
		row := (o.width*colours*o.bits + 7) / 8
		var predicted bool
		switch n := len(b); {
		case n >= o.height*row && n <= o.height*row+2:
		case n >= o.height*(row+1) && n <= o.height*(row+1)+2:
			predicted = true
		default:
			continue
		}
		lum := make([]byte, o.width*o.height)
		previous := make([]byte, row)
		for y := range o.height {
			var line []byte
			if predicted {
				line = unfilter(b[y*(row+1)], b[y*(row+1)+1:(y+1)*(row+1)], previous, max(1, colours*o.bits/8))
				previous = line
			} else {
				line = b[y*row : (y+1)*row]
			}
			for x := range o.width {
				if o.bits == 8 {
					lum[y*o.width+x] = line[x*colours+colours/2] // green of RGB
					continue
				}
				at := x * colours * o.bits
				v := line[at/8] >> (8 - o.bits - at%8) & (1<<o.bits - 1)
				lum[y*o.width+x] = v * (255 / (1<<o.bits - 1))
			}
		}
		return lum
	}
	return nil
}

// unfilter undoes a PNG filter in place (RFC 2083 §6).
func unfilter(kind byte, line, up []byte, step int) []byte {
	for i := range line {
		var left, corner byte
		if i >= step {
			left, corner = line[i-step], up[i-step]
		}
		switch kind {
		case 1:
			line[i] += left
		case 2:
			line[i] += up[i]
		case 3:
			line[i] += byte((int(left) + int(up[i])) / 2)
		case 4:
			a, b, c := int(left), int(up[i]), int(corner)
			pa, pb, pc := abs(b-c), abs(a-c), abs(a+b-2*c)
			switch {
			case pa <= pb && pa <= pc:
				line[i] += left
			case pb <= pc:
				line[i] += up[i]
			default:
				line[i] += corner
			}
		}
	}
	return line
}

func abs(n int) int { return max(n, -n) }
