package attach

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// qrPicture draws a code as it comes in mails: turned, with noise, as a JPEG of
// low quality, a logo in its middle.
func qrPicture(t testing.TB, text string, side int, degrees float64, quality int, logo bool) []byte {
	t.Helper()
	const room = 60
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_ERROR_CORRECTION: "H"}
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, side, side, hints)
	if err != nil {
		t.Fatal(err)
	}
	full := side + 2*room
	p := image.NewGray(image.Rect(0, 0, full, full))
	noise := rand.New(rand.NewPCG(1, 2))
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	middle := float64(full) / 2
	for y := range full {
		for x := range full {
			dx, dy := float64(x)-middle, float64(y)-middle
			u, v := int(dx*cos+dy*sin+middle)-room, int(dy*cos-dx*sin+middle)-room
			dark := u >= 0 && v >= 0 && u < side && v < side && m.Get(u, v)
			if logo && abs(u-side/2) < side/12 && abs(v-side/2) < side/12 {
				dark = (u/4+v/4)%2 == 0
			}
			grey := 235
			if dark {
				grey = 25
			}
			p.SetGray(x, y, color.Gray{Y: byte(grey + noise.IntN(20))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The look for squares must not lose what the decoder could read.
func TestFindersLoseNoReadableCode(t *testing.T) {
	const text = "https://qr.example/document/view?id=0123456789"
	found, readable := 0, 0
	for _, side := range []int{100, 200, 300, 700} {
		for _, degrees := range []float64{0, 10, 30, 45} {
			for _, quality := range []int{35} {
				for _, logo := range []bool{false, true} {
					body := qrPicture(t, text, side, degrees, quality, logo)
					m, err := jpeg.Decode(bytes.NewReader(body))
					if err != nil {
						t.Fatal(err)
					}
					lum, w, h := luminance(m)
					whole := readQR(&image.Gray{Pix: lum, Stride: w, Rect: image.Rect(0, 0, w, h)}) == text
					mine := examineOne("a.jpg", body, "").has("qr_code")
					if whole {
						readable++
					}
					if mine {
						found++
					}
					if whole && !mine {
						t.Errorf("missed: side %d, %v degrees, quality %d, logo %v", side, degrees, quality, logo)
					}
				}
			}
		}
	}
	t.Logf("the decoder alone reads %d of 32, with the look before it %d", readable, found)
}

func BenchmarkPictureWithoutCode(b *testing.B) {
	p := image.NewGray(image.Rect(0, 0, 800, 600))
	noise := rand.New(rand.NewPCG(1, 2))
	for i := range p.Pix {
		p.Pix[i] = byte(i/800/3 + noise.IntN(60))
	}
	var body bytes.Buffer
	if err := jpeg.Encode(&body, p, nil); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		examineOne("a.jpg", body.Bytes(), "")
	}
}
