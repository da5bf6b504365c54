package dtlic

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/envelope"
)

// MaxText is the longest text, in bytes, that [Extract] reads.
const MaxText = 1 << 20

// Extract finds the license in whatever a person pastes: a mail that was
// wrapped, quoted, or sent as quoted-printable (RFC 2045 section 6.7), a text
// with invisible characters, a UTF-16 file. It gives the exact text that
// [Verifier.Verify] takes and judges nothing of it.
//
// The same license several times is one; two different ones are refused, see
// [ExtractAll]. A license of another version of the format is returned as it
// stands where there is no other, so that Verify can name it. All errors are
// of class [ErrMalformed], with a message of their own for a text that is too
// long, holds several licenses, a license that is cut off, or none. The time
// is linear in the text's length.
func Extract(text string) (string, error) {
	all, err := ExtractAll(text)
	if err != nil {
		return "", err
	}
	if len(all) > 1 {
		return "", failText("several")
	}
	return all[0], nil
}

// ExtractAll returns all different licenses of a text, in its order; there is
// at least one where the error is nil. See [Extract].
func ExtractAll(text string) ([]string, error) {
	if len(text) > MaxText {
		return nil, failText("too_long")
	}
	found := scan(clean(decodeUTF16(text)))
	switch {
	case len(found.licenses) > 0:
		return found.licenses, nil
	case found.cutOff != "":
		return nil, failText("cut_off")
	case found.other != "":
		return []string{found.other}, nil
	}
	return nil, failText("none")
}

// ExtractCutOff returns what is left of the first license in a text that was
// cut off or damaged: from its tag on, as far as it has the license's
// characters. The text is for looking up or showing what can still be read,
// never for a decision.
func ExtractCutOff(text string) (fragment string, ok bool) {
	if len(text) > MaxText {
		return "", false
	}
	found := scan(clean(decodeUTF16(text)))
	return found.cutOff, found.cutOff != "" && len(found.licenses) == 0
}

func failText(kind string) error { return failAs(nil, CodeMalformed, "malformed/"+kind, "") }

// decodeUTF16 turns a text with a UTF-16 byte-order mark into UTF-8: Windows
// PowerShell writes such files. An unpaired surrogate becomes U+FFFD, which is
// no character of a license.
func decodeUTF16(text string) string {
	var order binary.ByteOrder
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
		order = binary.LittleEndian
	case strings.HasPrefix(text, "\xfe\xff"):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for b := []byte(text[2:]); len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// foreign stands for every kept character that no license has.
const foreign = 0

// clean drops what mail programs, terminals and word processors put into a
// license, wherever it stands. What is left has one byte a character.
func clean(text string) []byte {
	kept := make([]byte, 0, len(text))
	lineStart := true
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case size == 1 && r == utf8.RuneError:
			// Not UTF-8: a foreign character.
		case isDropped(r):
			lineStart = lineStart || isLineEnd(r)
			i += size
			continue
		case lineStart && (r == '>' || r == '|'),
			(r == '=' || r == '!') && endsLine(text[i+1:]):
			i++
			continue
		case r == '=':
			var c byte
			if c, size = quotedPrintable(text[i:]); c == ' ' {
				i += size
				continue
			}
			kept = append(kept, c)
			i += size
			lineStart = false
			continue
		}
		if r >= utf8.RuneSelf {
			r = foreign
		}
		kept = append(kept, byte(r))
		i += size
		lineStart = false
	}
	return kept
}

// endsLine tells whether nothing but blanks comes before the line's end.
func endsLine(rest string) bool {
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return isLineEnd(r)
}

// quotedPrintable reads the escapes of a license's own characters and of a
// space; any other equals sign is a foreign character.
func quotedPrintable(s string) (c byte, size int) {
	if len(s) >= 3 {
		switch s[:3] {
		case "=20":
			return ' ', 3
		case "=2E":
			return '.', 3
		case "=3A":
			return ':', 3
		case "=2D":
			return '-', 3
		case "=5F":
			return '_', 3
		}
	}
	return foreign, 1
}

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029 }

func isDropped(r rune) bool {
	if r < 0x7f {
		return r <= 0x20
	}
	return unicode.Is(droppedRunes, r)
}

var droppedRunes = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0000, 0x0020, 1},
		{0x007f, 0x00a0, 1},
		{0x00ad, 0x00ad, 1},
		{0x034f, 0x034f, 1},
		{0x061c, 0x061c, 1},
		{0x1680, 0x1680, 1},
		{0x180e, 0x180e, 1},
		{0x2000, 0x200f, 1},
		{0x2028, 0x202f, 1},
		{0x205f, 0x206f, 1},
		{0x3000, 0x3000, 1},
		{0xfe00, 0xfe0f, 1},
		{0xfeff, 0xfeff, 1},
	},
	LatinOffset: 3,
}

// findings are what a cleaned text holds.
type findings struct {
	licenses []string // whole and different ones
	cutOff   string   // the first that begins like a license and is none
	other    string   // the first of another version
}

func scan(text []byte) (found findings) {
	family := []byte(envelope.License.Family)
	seen := make(map[string]struct{})
	for {
		i := bytes.Index(text, family)
		if i < 0 {
			return found
		}
		text = text[i:]
		body := text[len(family):]
		digits := run(body, func(c byte) bool { return '0' <= c && c <= '9' })
		if digits == 0 || digits == len(body) || body[digits] != ':' {
			text = body
			continue
		}
		version, body := string(body[:digits]), body[digits+1:]
		end := 0
		if version == envelope.License.Version {
			end = licenseEnd(body)
		}
		whole := len(text) - len(body) + end
		switch {
		case end > 0 && whole <= envelope.License.Max:
			license := string(text[:whole])
			if _, twice := seen[license]; !twice {
				seen[license] = struct{}{}
				found.licenses = append(found.licenses, license)
			}
			text = text[whole:]
			continue
		case version == envelope.License.Version && found.cutOff == "" && beginsLicense(body):
			found.cutOff = string(text[:len(text)-len(body)+run(body, isLicenseByte)])
		case version != envelope.License.Version && found.other == "":
			const least = 40
			if n := run(body, isLicenseByte); n >= least {
				found.other = string(text[:len(text)-len(body)+n])
			}
		}
		text = body
	}
}

func isLicenseByte(c byte) bool { return c == '.' || envelope.IsBase64URL(c) }

func run(b []byte, of func(byte) bool) int {
	if n := slices.IndexFunc(b, func(c byte) bool { return !of(c) }); n >= 0 {
		return n
	}
	return len(b)
}

// part returns the length of a run of base64url at b's head that a dot ends, 0
// where there is none.
func part(b []byte) int {
	n := run(b, envelope.IsBase64URL)
	if n == len(b) || b[n] != '.' {
		return 0
	}
	return n
}

// licenseEnd returns where the license ends whose key ID begins b, 0 where it
// is none. A part that begins like a chain is never taken for a signature, so
// nothing is tried twice.
func licenseEnd(b []byte) int {
	const id = envelope.KeyIDLength
	if part(b) != id {
		return 0
	}
	end := id + 1
	payload := part(b[end:])
	if payload == 0 {
		return 0
	}
	end += payload + 1
	if bytes.HasPrefix(b[end:], []byte(envelope.ChainHead)) {
		chain := part(b[end:])
		if chain == 0 {
			return 0
		}
		end += chain + 1
	}
	if run(b[end:min(len(b), end+envelope.SignatureLength)], envelope.IsBase64URL) != envelope.SignatureLength {
		return 0
	}
	return end + envelope.SignatureLength
}

// beginsLicense tells whether b is a key ID and the head of a JSON object.
func beginsLicense(b []byte) bool {
	const id = envelope.KeyIDLength
	return part(b) == id && bytes.HasPrefix(b[id:], []byte(".eyJ"))
}
