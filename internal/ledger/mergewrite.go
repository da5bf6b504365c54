package ledger

import (
	"cmp"
	"io"
	"slices"
	"time"
)

// newEntry is what is held of a line that is to be written.
type newEntry struct {
	// when it was issued, in seconds; of a time that cannot be read, when the
	// line before it was.
	when       int64
	at         int64
	size       int32
	file, line int32
}

func (e newEntry) compare(f newEntry) int {
	return cmp.Or(cmp.Compare(e.when, f.when), cmp.Compare(e.file, f.file), cmp.Compare(e.line, f.line))
}

// write writes what is new, in the order in which it was issued.
func (m *merge) write(w io.Writer) error {
	var last *newEntry
	read := lineReader{m: m}
	for left := m.done.Added; left > 0; {
		entries, err := m.nextEntries(last)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := m.ctx.Err(); err != nil {
				return err
			}
			line, err := read.line(e)
			if err == nil {
				err = writeLine(w, line)
			}
			if err != nil {
				return err
			}
		}
		left -= len(entries)
		last = &entries[len(entries)-1]
	}
	return nil
}

// nextEntries are the first of the new lines that stand behind last, in their
// order: as many as are held in memory.
func (m *merge) nextEntries(last *newEntry) ([]newEntry, error) {
	entries := make([]newEntry, 0, min(m.done.Added, m.window))
	for i := range m.Others {
		when := int64(0)
		err := m.each(i+1, func(l *mergeLine) error {
			if t, err := time.Parse(time.RFC3339, l.record.IssuedAt); err == nil {
				when = t.Unix()
			}
			e := newEntry{when: when, at: l.at, size: int32(len(l.raw)), file: int32(i), line: int32(l.line)}
			if !m.taken[i].has(l.line) || last != nil && e.compare(*last) <= 0 {
				return nil
			}
			if len(entries) == m.window {
				entries = m.firstOf(entries)
			}
			entries = append(entries, e)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return m.firstOf(entries), nil
}

// firstOf sorts entries, and keeps the first, which take half of the window.
func (m *merge) firstOf(entries []newEntry) []newEntry {
	slices.SortFunc(entries, newEntry.compare)
	return entries[:min(len(entries), m.window/2)]
}

// readAhead is how much is read at once: lines mostly stand in the order in which
// they are wanted.
const readAhead = 64 << 10

// lineReader reads lines of the others.
type lineReader struct {
	m *merge
	// text stands at a place of a file.
	text []byte
	file int32
	at   int64
}

// line is a line without its line feed, until the next one is read.
func (r *lineReader) line(e newEntry) ([]byte, error) {
	begin := e.at - r.at
	if e.file != r.file || begin < 0 || begin+int64(e.size) > int64(len(r.text)) {
		other := r.m.Others[e.file]
		size := max(int64(e.size), min(readAhead, other.Size()-e.at))
		r.text, r.file, r.at, begin = slices.Grow(r.text[:0], int(size))[:size], e.file, e.at, 0
		if err := other.ReadAt(r.text, r.at); err != nil {
			return nil, err
		}
	}
	return r.text[begin : begin+int64(e.size)], nil
}
