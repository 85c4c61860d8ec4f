// Package markup reads the texts of a mail as its reader sees them: the
// visible words apart from the hidden ones, the links with where they really
// go, forms, scripts and images.
//
// [Parse] makes one pass over the tokens of x/net/html (a second one if a
// style sheet stands below text that it may hide) and builds no tree: depth,
// time and memory are bounded whatever is sent. Nothing is fetched or run.
// Start with [Page] and [Link].
package markup

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/mail"
)

// The bounds of a [Page].
const (
	MaxVisible = 64 << 10 // bytes of Visible, Own and Plain
	MaxHidden  = 4 << 10  // bytes of Hidden
	MaxHTML    = 4 << 20  // bytes of HTML that are read of one mail, over all its parts
	MaxLinks   = 500      // also of Images; what is more is counted
	MaxForms   = 32
	MaxURL     = 4096 // bytes of one URL
	MaxAnchor  = 300  // bytes of a link's text
)

// Page is what a mail shows and what it hides. All strings are attackers'
// text in valid UTF-8.
type Page struct {
	HTML bool // there is an HTML part; Visible is taken from it

	// Visible is what a reader sees of the HTML, or of the plain text if there
	// is no HTML: entities decoded, white space folded, one line a block,
	// zero-width characters dropped.
	Visible string
	// Own is Visible without quoted replies and forwarded mails; all of Visible
	// if nothing else is left. Quoted says that something was left out.
	Own    string
	Quoted bool
	// Hidden is text that is in the HTML and cannot be seen. A short one is
	// ordinary (the preview line of newsletters); whole pages are not.
	Hidden string
	// Plain is the plain text, if there is HTML, too. Diverges is the share of
	// words that only one of the two has (Jaccard distance, 0 to 1); 0 if either
	// has fewer than 20 words.
	Plain    string
	Diverges float64

	VisibleBytes, HiddenBytes int // of the whole, also of what was cut
	ZeroWidth                 int // zero-width and direction characters that were dropped from Visible
	Words                     int // of Visible
	Tags                      int // start tags
	Deep                      bool
	Cut                       bool // there was more HTML than MaxHTML

	Links     []Link // at most MaxLinks, in order; each place once
	LinksMore int
	Mailtos   []string // addresses of mailto links, lower case, distinct, at most 50
	Phones    int      // telephone numbers in Visible
	Base      string   // <base href>: all relative links go there

	Forms       []Form
	Scripts     bool     // script elements, on... attributes, javascript: links
	Smuggling   []string // ways in which the mail builds a file on the reader's machine (ATT&CK T1027.006): atob, blob, ...
	MetaRefresh string   // where the mail sends its reader by itself
	DataURIs    int
	Frames      int // iframe, embed, object

	Images     []Image
	ImageOnly  bool // hardly any words, and an image that is no tracking pixel
	Background bool // an image behind text: its colours cannot be judged

	// Shape is the simhash of the tags with their three nearest ancestors: mails
	// made from one template are near each other. 0: no HTML.
	Shape uint64
}

// Form asks the reader for something. Fields outside a form element are a Form
// without Action.
type Form struct {
	Action   string
	Password bool // a field of type password, or named so
	Email    bool // a field for an address or user name
	Fields   int
}

// Image is a picture of the HTML.
type Image struct {
	Src           string // cut to 200 bytes for data: URIs
	Alt           string
	CID           string // content id, if it is a part of the mail
	Remote        bool
	Pixel         bool // at most 2 by 2 pixels, or hidden: a tracking pixel
	Width, Height int  // as stated; 0: not stated
}

// Parse reads the texts of one mail: those in HTML as one page, those in plain
// text as another. It returns a Page also for none.
func Parse(texts []mail.Text) *Page {
	p := &Page{}
	var html, plain []string
	left := MaxHTML
	for _, t := range texts {
		switch {
		case !t.HTML:
			plain = append(plain, t.Content)
		case left <= 0:
			p.Cut = true
		default:
			p.HTML = true
			if len(t.Content) > left {
				t.Content, p.Cut = t.Content[:left], true
			}
			left -= len(t.Content)
			html = append(html, t.Content)
		}
	}
	var text folder
	text.limit = MaxVisible
	for _, s := range plain {
		text.plain(s)
		text.line()
	}
	seen := places{}
	if p.HTML {
		readHTML(p, html, seen)
		if len(plain) > 0 {
			p.Plain = text.string()
			p.Diverges = diverges(p.Visible, p.Plain)
		}
	} else {
		p.Visible, p.VisibleBytes = text.string(), text.total
		p.Words, p.ZeroWidth = text.words, text.zero
		p.Own = p.Visible
	}
	p.Own, p.Quoted = own(p.Own, p.Visible, p.Quoted)
	// Mail programs make links of what looks like one, in both kinds of text.
	p.textLinks(p.Visible, InText, seen)
	if p.Plain != "" {
		p.textLinks(p.Plain, InPlain, seen)
	}
	p.Phones = phones(p.Visible)
	if p.HTML && p.Words < 12 {
		for _, im := range p.Images {
			p.ImageOnly = p.ImageOnly || !im.Pixel
		}
	}
	return p
}

// diverges is the Jaccard distance of two texts' words.
func diverges(a, b string) float64 {
	x, y := wordsOf(a), wordsOf(b)
	if x.n < 20 || y.n < 20 {
		return 0
	}
	both := 0
	for _, h := range x.slots {
		if h != 0 && y.has(h) {
			both++
		}
	}
	return 1 - float64(both)/float64(x.n+y.n-both)
}

// hashSet is a set of hashes, open addressed.
type hashSet struct {
	slots []uint64 // a power of two; 0 is free
	n     int
}

func (s *hashSet) add(h uint64) {
	for i := h; ; i++ {
		switch at := &s.slots[i&uint64(len(s.slots)-1)]; *at {
		case h:
			return
		case 0:
			*at = h
			s.n++
			return
		}
	}
}

func (s *hashSet) has(h uint64) bool {
	for i := h; ; i++ {
		switch s.slots[i&uint64(len(s.slots)-1)] {
		case h:
			return true
		case 0:
			return false
		}
	}
}

// wordsOf is the set of a text's words of 2 to 39 bytes in lower case, as
// hashes, without those of links; the first 4000, which is enough to tell.
func wordsOf(s string) hashSet {
	const most = 4000
	set := hashSet{slots: make([]uint64, 1<<bits.Len(uint(2*min(most, len(s)/3)+8)))}
	linked := strings.Contains(s, "://")
	for run := range strings.FieldsSeq(s) {
		if linked && strings.Contains(run, "://") {
			continue
		}
		const seed, prime = 14695981039346656037, 1099511628211
		h, from := uint64(seed), 0
		end := func(i int) bool {
			if n := i - from; n > 1 && n < 40 {
				set.add(mix(h) | 1)
			}
			h = seed
			return set.n >= most
		}
		for i := 0; i < len(run); {
			r, size := rune(run[i]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(run[i:])
			}
			switch {
			case !inWord(r):
				if end(i) {
					return set
				}
				from = i + size
			case r >= utf8.RuneSelf:
				h = (h ^ uint64(unicode.ToLower(r))) * prime
			default:
				if r <= 'Z' && r >= 'A' {
					r |= 0x20
				}
				h = (h ^ uint64(r)) * prime
			}
			i += size
		}
		if end(len(run)) {
			break
		}
	}
	return set
}
