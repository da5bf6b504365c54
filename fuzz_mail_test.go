package dtlic_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/dtlic/dtlic"
)

// postman plays what mail programs do to a license, as a string of choices says:
// everything that the format lets Extract undo, and nothing else.
type postman struct {
	choices []byte
	out     strings.Builder
}

// pick returns a number below n.
func (m *postman) pick(n int) int {
	if len(m.choices) == 0 {
		return 0
	}
	c := int(m.choices[0])
	m.choices = m.choices[1:]
	return c % n
}

// The ends of each range that Extract drops, without the line ends and
// with no U+0000, which only UTF-16 would carry.
var droppedRunes = []rune{
	1, '\t', 0x0b, 0x0c, ' ', 0x7f, 0x85, 0xa0, 0xad, 0x34f, 0x61c, 0x1680, 0x180e, 0x2000, 0x200f,
	0x202a, 0x202f, 0x205f, 0x206f, 0x3000, 0xfe00, 0xfe0f, 0xfeff,
}

func (m *postman) noise() {
	switch n := m.pick(len(droppedRunes) + 1); n {
	case len(droppedRunes):
		m.out.WriteString("=20")
	default:
		m.out.WriteRune(droppedRunes[n])
	}
}

func (m *postman) lineEnd() {
	m.out.WriteString([]string{"", "=", "!", "= \t", " "}[m.pick(5)])
	m.out.WriteString([]string{"\n", "\r\n", "\r", "\u2028", "\u2029"}[m.pick(5)])
	m.out.WriteString([]string{"", "> ", ">> ", "| ", "\t>|> ", "\u200b> "}[m.pick(6)])
}

// send writes the license as it arrives.
func (m *postman) send(blob string) string {
	before := []string{"", "Hello Ada,\n\n", "DTLIC2: is how it begins.\n", "license=", "> ", "DTLICx"}
	after := []string{"", "\n\nYours, Bob", "sincerely", ".", "\nDTLIC2:", "=", "\n> DTLIC2:Uk6AUU4ZjIk.eyJsaWNl"}
	m.out.WriteString(before[m.pick(len(before))])
	for i := range len(blob) {
		switch m.pick(8) {
		case 6:
			m.noise()
		case 7:
			m.lineEnd()
		}
		if c := blob[i]; strings.IndexByte(".:-_", c) >= 0 && m.pick(2) == 1 {
			fmt.Fprintf(&m.out, "=%02X", c)
		} else {
			m.out.WriteByte(c)
		}
	}
	m.out.WriteString(after[m.pick(len(after))])
	text := m.out.String()
	switch m.pick(4) {
	case 2:
		return inUTF16(text, binary.LittleEndian)
	case 3:
		return inUTF16(text, binary.BigEndian)
	}
	return text
}

func inUTF16(text string, order binary.AppendByteOrder) string {
	data := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

// mailSeeds are choices that together use every kind of damage.
func mailSeeds() (seeds [][]byte) {
	for n := range 64 {
		choices := make([]byte, 600)
		state := uint32(n)
		for i := range choices {
			state = state*1664525 + 1013904223
			choices[i] = byte(state >> 24)
		}
		seeds = append(seeds, choices)
	}
	return seeds
}

// FuzzMail checks that a license that mail programs wrapped, quoted and encoded
// is found all the same.
func FuzzMail(f *testing.F) {
	var blobs []string
	for _, c := range suite(f).Verify {
		if c.Want[0] == "ok" && len(c.Blob) < 2000 {
			blobs = append(blobs, c.Blob)
		}
	}
	if len(blobs) < 20 {
		f.Fatalf("%d licenses to send, want 20 and more", len(blobs))
	}
	for i, choices := range mailSeeds() {
		f.Add(uint8(i), choices)
	}
	f.Fuzz(func(t *testing.T, which uint8, choices []byte) {
		blob := blobs[int(which)%len(blobs)]
		m := postman{choices: choices}
		text := m.send(blob)
		if got, err := dtlic.Extract(text); err != nil || got != blob {
			t.Fatalf("%q\ngives %q, %v", text, got, err)
		}
	})
}
