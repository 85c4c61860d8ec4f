package attach

import (
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Bounds of images. A QR code that a phone can read off a screen is within
// them; photographs of a camera and tracking pixels are not.
const (
	maxImages = 8       // decoded, of one mail
	minSide   = 80      // pixels
	maxSide   = 2000    // pixels
	maxPixels = 4 << 20 // 16 MB in colour
	deepMax   = 1 << 20 // 16 bits a colour: 8 bytes a pixel
	wholeMax  = 1 << 20 // that the decoder reads unscaled
	maxRead   = 6 << 20 // pixels given to the decoder, of one mail: on noise it needs 0.1 s for a million
	jpegMax   = 2 << 20 // a progressive one keeps 12 bytes of coefficients a pixel
)

func fits(w, h int) bool {
	return w >= minSide && h >= minSide && w <= maxSide && h <= maxSide && w*h <= maxPixels
}

// image looks for a QR code in a picture.
func (x *examiner) image(s subject) string {
	if x.images <= 0 {
		return ""
	}
	var config image.Config
	var err error
	switch s.kind {
	case "png":
		config, err = png.DecodeConfig(bytesReader(s.body))
	case "jpeg":
		config, err = jpeg.DecodeConfig(bytesReader(s.body))
	case "gif":
		config, err = gif.DecodeConfig(bytesReader(s.body))
	default:
		return ""
	}
	if err != nil || !fits(config.Width, config.Height) || s.kind == "jpeg" && config.Width*config.Height > jpegMax {
		return ""
	}
	switch config.ColorModel {
	case color.NRGBA64Model, color.RGBA64Model, color.Gray16Model:
		if config.Width*config.Height > deepMax {
			return ""
		}
	}
	x.images--
	var m image.Image
	switch s.kind {
	case "png":
		m, err = png.Decode(bytesReader(s.body))
	case "jpeg":
		m, err = jpeg.Decode(bytesReader(s.body))
	case "gif":
		m, err = gif.Decode(bytesReader(s.body)) // the first frame only
	}
	if err != nil {
		x.problem("image_unreadable", s.path)
		return ""
	}
	lum, w, h := luminance(m)
	x.qr(s, lum, w, h)
	return ""
}

// qr looks for a QR code in grey samples and takes what it says.
func (x *examiner) qr(s subject, lum []byte, w, h int) {
	f := findFinders(lum, w, h)
	if f == nil {
		return
	}
	text := ""
	for _, small := range []bool{true, false} {
		scale := f.scale(small)
		if !small && (w*h > wholeMax || scale == f.scale(true)) {
			break
		}
		if x.read += w * h / (scale * scale); x.read > maxRead {
			x.stop("too_many_pixels", "more pictures that may hold codes than are read")
			return
		}
		if text = readQR(f.picture(lum, w, h, scale)); text != "" {
			break
		}
	}
	if text == "" {
		return
	}
	x.link(text)
	x.find("qr_code", s, text)
}

// readQR decodes; "" if there is nothing to be read.
//
// The decoder is foreign code that was not written for hostile input: it
// indexes by what it reads from the image. A panic in it means no code was
// read; it must not end the examination of a mail, and it leaves no state
// behind, because everything it works on was made here.
func readQR(m *image.Gray) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	source := gozxing.NewLuminanceSourceFromImage(m)
	for _, b := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
		bitmap, err := gozxing.NewBinaryBitmap(b)
		if err != nil {
			continue
		}
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err == nil {
			return cut(result.GetText(), maxLinkBytes)
		}
	}
	return ""
}

// luminance makes grey of a picture, on white.
func luminance(m image.Image) (lum []byte, w, h int) {
	r := m.Bounds()
	w, h = r.Dx(), r.Dy()
	lum = make([]byte, w*h)
	grey := func(r, g, b uint32) byte { return byte((r*77 + g*150 + b*29) >> 8) }
	switch m := m.(type) {
	case *image.Gray:
		for y := range h {
			copy(lum[y*w:(y+1)*w], m.Pix[y*m.Stride:])
		}
	case *image.YCbCr:
		for y := range h {
			copy(lum[y*w:(y+1)*w], m.Y[y*m.YStride:])
		}
	case *image.Paletted:
		var table [256]byte
		for i, c := range m.Palette {
			r, g, b, a := c.RGBA()
			white := 0xffff - a
			table[i] = grey((r+white)>>8, (g+white)>>8, (b+white)>>8)
		}
		for y := range h {
			for x, p := range m.Pix[y*m.Stride : y*m.Stride+w] {
				lum[y*w+x] = table[p]
			}
		}
	case *image.NRGBA:
		for y := range h {
			row := m.Pix[y*m.Stride:]
			for x := range w {
				p := row[4*x : 4*x+4 : 4*x+4]
				a := uint32(p[3])
				v := uint32(grey(uint32(p[0]), uint32(p[1]), uint32(p[2])))
				lum[y*w+x] = byte((v*a + 255*(255-a)) / 255)
			}
		}
	case *image.RGBA:
		for y := range h {
			row := m.Pix[y*m.Stride:]
			for x := range w {
				p := row[4*x : 4*x+4 : 4*x+4]
				white := 255 - uint32(p[3])
				lum[y*w+x] = grey(uint32(p[0])+white, uint32(p[1])+white, uint32(p[2])+white)
			}
		}
	default:
		for y := range h {
			for x := range w {
				r, g, b, a := m.At(r.Min.X+x, r.Min.Y+y).RGBA()
				white := 0xffff - a
				lum[y*w+x] = grey((r+white)>>8, (g+white)>>8, (b+white)>>8)
			}
		}
	}
	return lum, w, h
}
