package attach

import (
	"bytes"
	"encoding/base64"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"compress/zlib"

	"github.com/pumphandle/pumphandle/mail"
)

const realMail = "../../../shared/data/mail"

// TestRealAttachments looks into all attachments of real mail. Links of PDFs
// are held against an independent count: every flate stream and the file
// itself searched by expression.
func TestRealAttachments(t *testing.T) {
	if _, err := os.Stat(realMail); err != nil {
		t.Skip("no real mail here: ", realMail)
	}
	mails, parts, pdfs, mineURIs, otherURIs, qr := 0, 0, 0, 0, 0, 0
	var slowest time.Duration
	kinds := map[string]int{}
	codes := map[string]int{}
	spent := map[string]time.Duration{}
	err := filepath.WalkDir(realMail, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".zst") || strings.HasSuffix(path, ".md") || strings.HasSuffix(path, ".tsv") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		list := attachmentsOf(raw)
		if len(list) == 0 {
			return nil
		}
		mails++
		parts += len(list)
		begin := time.Now()
		r := Examine(list, "")
		slowest = max(slowest, time.Since(begin))
		for _, f := range r.Files {
			kinds[f.Kind]++
		}
		for _, f := range r.Findings {
			codes[f.Code]++
			if f.Code == "qr_code" {
				qr++
			}
		}
		for _, a := range list {
			begin := time.Now()
			one := Examine([]mail.Attachment{a}, "")
			spent[one.Files[0].Kind] = max(spent[one.Files[0].Kind], time.Since(begin))
			if one.Files[0].Kind != "pdf" {
				continue
			}
			pdfs++
			mine := map[string]bool{}
			for _, u := range one.Links {
				mine[u] = true
			}
			other := independentURIs(a.Content)
			mineURIs += len(mine)
			otherURIs += len(other)
			for u := range other {
				if !mine[u] {
					t.Errorf("%s: a link in a PDF was missed (%d bytes)", path, len(u))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails with %d attachments, slowest %v; %d PDFs with %d links (independent count %d); %d QR codes", mails, parts, slowest, pdfs, mineURIs, otherURIs, qr)
	t.Logf("kinds %v", kinds)
	t.Logf("codes %v", codes)
	t.Logf("slowest by kind %v", spent)
}

var uriString = regexp.MustCompile(`/URI\s*\(((?:\\.|[^()\\])*)\)`)

func independentURIs(b []byte) map[string]bool {
	found := map[string]bool{}
	look := func(b []byte) {
		for _, m := range uriString.FindAllSubmatch(b, -1) {
			u := strings.NewReplacer(`\(`, "(", `\)`, ")", `\\`, `\`).Replace(string(m[1]))
			if strings.HasPrefix(strings.ToLower(u), "http") {
				found[strings.TrimSpace(u)] = true
			}
		}
	}
	look(b)
	for _, piece := range bytes.Split(b, []byte("stream"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(bytes.TrimLeft(piece, "\r\n")))
		if err != nil {
			continue
		}
		out, _ := io.ReadAll(io.LimitReader(r, 8<<20))
		look(out)
	}
	return found
}

// attachmentsOf is a small reader of mail for this test, so that it does not
// depend on the one that is tested elsewhere.
func attachmentsOf(raw []byte) (list []mail.Attachment) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	var walk func(header func(string) string, body io.Reader, depth int)
	walk = func(header func(string) string, body io.Reader, depth int) {
		kind, params, err := mime.ParseMediaType(header("Content-Type"))
		if strings.HasPrefix(kind, "multipart/") && depth < 10 {
			r := multipart.NewReader(body, params["boundary"])
			for {
				p, err := r.NextRawPart()
				if err != nil {
					return
				}
				walk(p.Header.Get, p, depth+1)
			}
		}
		_, disposition, _ := mime.ParseMediaType(header("Content-Disposition"))
		name := disposition["filename"]
		if name == "" {
			name = params["name"]
		}
		if err != nil && name == "" || strings.HasPrefix(kind, "text/plain") || strings.HasPrefix(kind, "text/html") && name == "" {
			return
		}
		switch strings.ToLower(strings.TrimSpace(header("Content-Transfer-Encoding"))) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		b, _ := io.ReadAll(body)
		if len(b) > 0 {
			list = append(list, mail.Attachment{Name: name, Type: kind, Content: b, Size: int64(len(b))})
		}
	}
	walk(m.Header.Get, m.Body, 0)
	return list
}
