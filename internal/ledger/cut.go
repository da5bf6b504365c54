package ledger

import (
	"math/bits"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dtlic/dtlic/internal/journal"
)

// cut reads the record at the beginning of text, up to the end of its line, when
// it stands there in the way in which logs are written: only known members, in
// their order, no escapes, and no spaces but one behind each comma and colon. It
// returns the length of the line; 0 stands for a line that is written in another
// way, or is none: [Parse] can tell. What cut takes, Parse takes too, and reads
// the same. The record's texts are parts of text.
func cut(text string, r *Record) (length int) {
	*r = Record{}
	if at(text, 0) != '{' {
		return 0
	}
	i := 1
	for next := 0; ; next++ {
		h := &heads[next]
		for !(i+16 <= len(text) && h.is(word(text[i:i+8]), word(text[i+8:i+16])) || strings.HasPrefix(text[i:], h.text)) {
			if next++; next <= requiredMembers || next == len(members) {
				return 0
			}
			h = &heads[next]
		}
		if i += len(h.text); at(text, i) == ' ' {
			i++
		}
		end, ascii := 0, true
		if place := unsafe.Add(unsafe.Pointer(r), h.place); h.truth {
			end = cutTruth(text, i, (*bool)(place))
		} else if at(text, i) == '"' {
			begin := i + 1
			if end, ascii = plainEnd(text, begin); at(text, end) != '"' || !ascii && !utf8.ValidString(text[begin:end]) {
				return 0
			}
			*(*string)(place) = text[begin:end]
			end++
		}
		if end == 0 {
			return 0
		}
		i = end + 1
		switch c := at(text, end); {
		case c == ',' && next < len(members)-1:
			if at(text, i) == ' ' {
				i++
			}
		case c == '}' && next+1 >= requiredMembers && (i == len(text) || text[i] == '\n'):
			return i
		default:
			return 0
		}
	}
}

// head is a member's name as it stands before a value, and where the value goes.
type head struct {
	text string
	// words are the bytes of text, and zeros; masks have the bits of text.
	words, masks [2]uint64
	// place is where in a Record the value is: a truth value, or else a text.
	place uintptr
	truth bool
}

var heads = func() (heads [len(members)]head) {
	var r Record
	for i, m := range members {
		h := head{text: `"` + m.name + `":`, truth: m.truth != nil}
		var value unsafe.Pointer
		if h.truth {
			value = unsafe.Pointer(m.truth(&r))
		} else {
			value = unsafe.Pointer(m.value(&r))
		}
		h.place = uintptr(value) - uintptr(unsafe.Pointer(&r))
		for n := range h.text {
			h.words[n/8] |= uint64(h.text[n]) << (n % 8 * 8)
			h.masks[n/8] |= 0xff << (n % 8 * 8)
		}
		heads[i] = h
	}
	return heads
}()

// is tells whether the name stands in the sixteen bytes of two words.
func (h *head) is(first, second uint64) bool {
	return (first^h.words[0])&h.masks[0]|(second^h.words[1])&h.masks[1] == 0
}

// requiredMembers is how many members every record has; they are the first.
const requiredMembers = 7

func cutTruth(text string, i int, value *bool) (end int) {
	switch {
	case strings.HasPrefix(text[i:], "true"):
		*value = true
		return i + len("true")
	case strings.HasPrefix(text[i:], "false"):
		return i + len("false")
	}
	return 0
}

// at is a byte of text, 0 behind its end.
func at(text string, i int) byte {
	if i < len(text) {
		return text[i]
	}
	return 0
}

// plainEnd returns where the first quotation mark, backslash or control character
// at or behind text[i] is, or the length of the text, and whether all before it is
// ASCII. It looks at eight bytes at a time, and in a long value, which is a signed
// text, at thirty-two.
func plainEnd(text string, i int) (end int, ascii bool) {
	var seen uint64
	for short := i + 32; i+8 <= len(text); i += 8 {
		if i == short {
			if i = skipPlain(text, i); i+8 > len(text) {
				break
			}
		}
		word := word(text[i : i+8])
		// With one bit turned over, the quotation mark and the control characters are
		// what is below '!'. The highest bit of a byte is set where a subtraction
		// borrowed; the first such bit is exact.
		low, slash := word^0x02*each, word^'\\'*each
		if found := ((low - '!'*each) | (slash - each)) &^ word & high; found != 0 {
			n := bits.TrailingZeros64(found) &^ 7
			seen |= word & (1<<n - 1)
			return i + n/8, seen&high == 0
		}
		seen |= word
	}
	for ; i < len(text) && text[i] != '"' && text[i] != '\\' && text[i] >= ' '; i++ {
		seen |= uint64(text[i])
	}
	return i, seen&high == 0
}

// each times a byte is eight of it; high is the highest bit of each.
const (
	each = 0x0101010101010101
	high = 0x80 * each
)

// skipPlain passes over bytes, many at a time, none of which is a quotation mark,
// a backslash, a control character, or beyond ASCII.
func skipPlain(text string, i int) int {
	for ; i+32 <= len(text); i += 32 {
		four := text[i : i+32]
		a, b, c, d := word(four), word(four[8:]), word(four[16:]), word(four[24:])
		as, bs, cs, ds := a^'\\'*each, b^'\\'*each, c^'\\'*each, d^'\\'*each
		// Below '#' are the quotation mark and all control characters.
		found := a | (a - '#'*each) | (as - each) | b | (b - '#'*each) | (bs - each) |
			c | (c - '#'*each) | (cs - each) | d | (d - '#'*each) | (ds - each)
		if found&high != 0 {
			break
		}
	}
	return i
}

// word is eight bytes of a text as a number, the first the lowest.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// reading is one line of a block as a scan reads it, overwritten for the next.
type reading struct {
	// index counts the lines of the block from 0.
	index int
	// offset is where the line begins in the block's text, and text the line
	// without its line feed.
	offset int
	text   string
	// Record's texts are parts of the block's text, or stand for themselves.
	Record
	err error
}

// readLines reads all lines of a block but the empty ones.
func readLines(p *journal.Block, visit func(*reading)) {
	text, r := alias(p.Text), reading{}
	for offset := 0; offset < len(text); r.index++ {
		n := r.read(text, offset)
		if r.text != "" {
			visit(&r)
		}
		offset += n
	}
	if p.TooLong {
		visit(&reading{index: p.Lines - 1, offset: len(text), err: journal.ErrLongLine})
	}
}

// read reads the line at an offset of a block's text and returns its length, with
// its line feed. A line of nothing but white space is left empty.
func (r *reading) read(text string, offset int) (length int) {
	r.offset, r.err = offset, nil
	if n := cut(text[offset:], &r.Record); n > 0 {
		r.text = text[offset : offset+n]
		return min(n+1, len(text)-offset)
	}
	line, _, _ := strings.Cut(text[offset:], "\n")
	if r.text = line; strings.TrimSpace(line) == "" {
		r.text = ""
	} else {
		r.Record, r.err = Parse([]byte(line))
	}
	return min(len(line)+1, len(text)-offset)
}

// parseInto is [Parse], fast where it can be. The record's texts are parts of the
// line, which must not be written to as long as they are used.
func parseInto(r *Record, line []byte) (err error) {
	if cut(alias(line), r) == 0 {
		*r, err = Parse(line)
	}
	return err
}

// entry is the line as an [Entry] of its own, numbered by its index in the block.
func (r *reading) entry() Entry {
	e := Entry{Line: r.index, Record: r.Record, Raw: []byte(r.text)}
	if cut(alias(e.Raw), &e.Record) == 0 {
		e.Record = r.Record // which Parse made
	}
	return e
}

// alias is a text in the same memory as b: it changes when b is written to.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
