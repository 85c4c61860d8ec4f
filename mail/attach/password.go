package attach

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
	"regexp"
	"strings"
)

// An archive is encrypted so that filters cannot open it, and the mail tells
// the person the password (ATT&CK T1027.013). Only what the mail itself
// announces is tried; nothing is guessed.

const maxPasswords = 5

// announcement finds a password after a word for it, after a colon or a verb.
var announcement = regexp.MustCompile(`(?i)(?:pass ?word|pass ?code|passwort|kennwort|mot de passe|code d'accès|contraseña|clave|senha|wachtwoord|비밀\s?번호|암호|पासवर्ड|कूटशब्द|пароль|密码|密碼|パスワード)` +
	`[^\n:=：]{0,24}?(?:[:=：]|\bis\b|\best\b|\blautet\b|\bist\b|\bes\b|\bé\b|는|은|है)[\s\x{a0}]*(?:["'“„«「][\s\x{a0}]?)?([^\s\x{a0}"'”“»」<>]{2,40})`)

// bare finds a password that stands right behind the word for it: "use the
// password Xk5054 to open it". Only what mixes letters and digits is one.
var bare = regexp.MustCompile(`(?i)(?:pass ?word|pass ?code|passwort|kennwort|mot de passe|contraseña|clave|senha|wachtwoord|비밀\s?번호|암호|पासवर्ड)\s+["'“„«]?([a-z]+[0-9][a-z0-9!#$%&*+-]{2,30}|[0-9]+[a-z][a-z0-9!#$%&*+-]{2,30})`)

// encrypted notes that s is, under the code of an archive or of a document, and
// that the text tells a password for it.
func (x *examiner) encrypted(code string, s subject, detail string) {
	x.find(code, s, detail)
	if !x.asked {
		x.asked = true
		x.passwords = passwordsIn(x.text)
	}
	if len(x.passwords) > 0 {
		x.find("password_in_text", s, x.passwords[0])
	}
}

// passwordsIn gives at most five passwords that a text announces.
func passwordsIn(text string) []string {
	text = text[:min(len(text), 64<<10)]
	var list []string
	add := func(p string) {
		for _, q := range list {
			if p == q {
				return
			}
		}
		if p != "" && len(list) < maxPasswords {
			list = append(list, strings.Clone(p))
		}
	}
	for _, m := range announcement.FindAllStringSubmatch(text, maxPasswords) {
		trimmed := strings.TrimRight(m[1], ".,;)。")
		add(trimmed)
		add(m[1])
	}
	for _, m := range bare.FindAllStringSubmatch(text, maxPasswords) {
		add(m[1])
	}
	return list
}

// decrypt lists an encrypted entry, and opens it if the text has its password.
func (x *examiner) decrypt(s subject, e *zipEntry) {
	for _, p := range x.passwords {
		var plain []byte
		method := e.method
		if e.aes.strength > 0 {
			method = e.aes.method
			plain = openAES(e, p)
		} else {
			plain = openZipCrypto(e, p)
		}
		if plain == nil {
			continue
		}
		r, ok := e.open(plain, method)
		if !ok {
			break
		}
		b, whole := x.inflate(s, r, int64(len(plain)), e.size)
		// The check byte of ZipCrypto is right for one wrong password in 256:
		// garbage does not inflate, or not to the stated size.
		if whole && int64(len(b)) == e.size {
			x.member(s, e.name, b, e.size, true)
			x.release(b)
			return
		}
		x.release(b)
	}
	x.member(s, e.name, nil, e.size, false)
}

// openZipCrypto decrypts by the traditional method (APPNOTE.TXT 6.1); nil if
// the check byte says that the password is wrong.
func openZipCrypto(e *zipEntry, password string) []byte {
	if len(e.packed) < 12 || len(e.packed) > maxMember {
		return nil
	}
	key := [3]uint32{0x12345678, 0x23456789, 0x34567890}
	step := func(c uint32, b byte) uint32 { return crc32.IEEETable[byte(c)^b] ^ c>>8 }
	update := func(b byte) {
		key[0] = step(key[0], b)
		key[1] = (key[1]+key[0]&0xff)*134775813 + 1
		key[2] = step(key[2], byte(key[1]>>24))
	}
	for i := range len(password) {
		update(password[i])
	}
	open := func(dst, src []byte) {
		for i, c := range src {
			t := key[2] | 2
			p := c ^ byte(t*(t^1)>>8)
			update(p)
			dst[i] = p
		}
	}
	var head [12]byte
	open(head[:], e.packed[:12])
	if head[11] != e.check {
		return nil
	}
	plain := make([]byte, len(e.packed)-12)
	open(plain, e.packed[12:])
	return plain
}

// openAES decrypts by WinZip's AE-1 and AE-2 (winzip.com/aes_info): salt,
// two bytes to check the password, data, ten bytes of HMAC-SHA1.
func openAES(e *zipEntry, password string) []byte {
	if e.aes.strength > 3 {
		return nil
	}
	salt, keyLen := 4+4*int(e.aes.strength), 8+8*int(e.aes.strength)
	b := e.packed
	if len(b) < salt+2+10 || len(b) > maxMember {
		return nil
	}
	keys, err := pbkdf2.Key(sha1.New, password, b[:salt], 1000, 2*keyLen+2)
	if err != nil || !bytes.Equal(keys[2*keyLen:], b[salt:salt+2]) {
		return nil
	}
	data := b[salt+2 : len(b)-10]
	mac := hmac.New(sha1.New, keys[keyLen:2*keyLen])
	mac.Write(data)
	if !bytes.Equal(mac.Sum(nil)[:10], b[len(b)-10:]) {
		return nil
	}
	block, err := aes.NewCipher(keys[:keyLen])
	if err != nil {
		return nil
	}
	return littleEndianCTR(block, data)
}

// littleEndianCTR is the counter mode of WinZip, whose counter begins at 1 and
// grows from the left.
func littleEndianCTR(block cipher.Block, data []byte) []byte {
	out := make([]byte, len(data))
	var counter, pad [16]byte
	for i := 0; i < len(data); i += 16 {
		binary.LittleEndian.PutUint64(counter[:], uint64(i/16+1))
		block.Encrypt(pad[:], counter[:])
		for j := i; j < min(i+16, len(data)); j++ {
			out[j] = data[j] ^ pad[j-i]
		}
	}
	return out
}
