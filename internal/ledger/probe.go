package ledger

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/journal"
)

// probe finds the lines that may hold a text in one of their values, at the
// speed at which a core reads memory, and leaves the others unread.
//
// In JSON a character stands as itself or behind a backslash. So a line that has
// the text in a value has its bytes too, or a backslash; in any case of letters
// these bytes are known for all but the letters that are written in several ways:
// those beyond ASCII, and k and s, for which the Kelvin sign and the long s stand
// too. Whatever the probe finds is then read, and compared by whoever asked.
type probe struct {
	// needle is the text, folded unless it is exact.
	needle string
	exact  bool
	// anchor is where in needle a byte is that is rare in a log, or -1. Without
	// one, needle[begin:end] is what is searched for.
	anchor, begin, end int
	// skip is how far the search may go on from a byte that stands under the last
	// one of needle[begin:end].
	skip [256]int
}

// newProbe makes a probe for a text, exactly as it is written or in any case. It
// is nil, which finds all lines, for no text.
func newProbe(text string, exact bool) *probe {
	if text == "" {
		return nil
	}
	p := &probe{needle: text, exact: exact, end: len(text)}
	if !exact {
		p.needle = fold(text)
		p.begin, p.end = longestKnown(p.needle)
	}
	if p.anchor = rarest(p.needle); p.anchor >= 0 {
		return p
	}
	last := p.end - 1 // where no byte is known, all lines are read
	for i := range p.skip {
		p.skip[i] = last + 1 - p.begin
	}
	for i := p.begin; i < last; i++ {
		c := p.needle[i]
		p.skip[c] = last - i
		if !exact {
			p.skip[upper(c)] = last - i
		}
	}
	return p
}

// rarest returns where in a text a byte is at which few stops are made in a log:
// one that no signed text has. The sign in a mail address stands once in a line,
// most others in some names, a full stop and a space more often.
func rarest(text string) int {
	if i := strings.IndexByte(text, '@'); i >= 0 {
		return i
	}
	if i := strings.IndexAny(text, "!#$%&'()*+/;<=>?[]^`|~"); i >= 0 {
		return i
	}
	return strings.IndexAny(text, ". ")
}

// longestKnown returns the longest part of a folded text whose bytes are known in
// whatever case it is written, but for the case of ASCII letters.
func longestKnown(text string) (begin, end int) {
	start := 0
	for i, r := range text {
		if r == 'k' || r == 's' || r == utf8.RuneError || r >= utf8.RuneSelf && unicode.SimpleFold(r) != r {
			start = i + utf8.RuneLen(r)
		} else if after := i + utf8.RuneLen(r); after-start > end-begin {
			begin, end = start, after
		}
	}
	return begin, end
}

// read reads the lines of a block that may hold the text.
func (p *probe) read(block *journal.Block, visit func(*reading)) {
	if p == nil || p.anchor < 0 && p.begin == p.end {
		readLines(block, visit)
		return
	}
	text, r := alias(block.Text), reading{}
	counted := 0 // up to where lines are counted in r.index
	hit, slash := p.next(text, 0), nextByte(text, '\\', 0)
	for hit < len(text) || slash < len(text) {
		begin := strings.LastIndexByte(text[:min(hit, slash)], '\n') + 1
		r.index += strings.Count(text[counted:begin], "\n")
		counted = begin
		end := begin + r.read(text, begin)
		if r.text != "" {
			visit(&r)
		}
		if hit < end {
			hit = p.next(text, end)
		}
		if slash < end {
			slash = nextByte(text, '\\', end)
		}
	}
	if block.TooLong {
		visit(&reading{index: block.Lines - 1, offset: len(text), err: journal.ErrLongLine})
	}
}

// holds tells whether a damaged line has the text.
func (p *probe) holds(line string) bool {
	switch {
	case p == nil:
		return true
	case p.exact:
		return strings.Contains(line, p.needle)
	default:
		return contains(line, p.needle)
	}
}

// next returns where the text may be at or behind a place: a byte within it, or
// the length of text.
func (p *probe) next(text string, from int) int {
	if p.anchor >= 0 {
		for i := from; ; i++ {
			if i = nextByte(text, p.needle[p.anchor], i); i >= len(text) || p.mayBeAt(text, i, p.anchor) {
				return i
			}
		}
	}
	last := p.end - 1
	want := p.needle[last]
	for i := from + last - p.begin; i < len(text); {
		c := text[i]
		if c == want || lower(c) == want && !p.exact {
			if p.mayBeAt(text, i, last) {
				return i
			}
		}
		i += p.skip[c]
	}
	return len(text)
}

// mayBeAt tells whether the needle may stand where its byte at is text[i]. Where
// a letter is met that may be written in several ways it may.
func (p *probe) mayBeAt(text string, i, at int) bool {
	if p.exact {
		return i >= at && strings.HasPrefix(text[i-at:], p.needle)
	}
	for n, t := at-1, i-1; n >= 0; n, t = n-1, t-1 {
		if t < 0 {
			return false
		}
		if p.needle[n] >= utf8.RuneSelf || text[t] >= utf8.RuneSelf {
			break
		}
		if lower(text[t]) != p.needle[n] {
			return false
		}
	}
	for n, t := at+1, i+1; n < len(p.needle); n, t = n+1, t+1 {
		if t >= len(text) {
			return false
		}
		if p.needle[n] >= utf8.RuneSelf || text[t] >= utf8.RuneSelf {
			break
		}
		if lower(text[t]) != p.needle[n] {
			return false
		}
	}
	return true
}

func nextByte(text string, c byte, from int) int {
	if i := strings.IndexByte(text[from:], c); i >= 0 {
		return from + i
	}
	return len(text)
}
