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
	var line []byte
	for left := m.done.Added; left > 0; {
		entries, err := m.nextEntries(last)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := m.ctx.Err(); err != nil {
				return err
			}
			line = slices.Grow(line[:0], int(e.size)+1)[:e.size]
			if err := m.Others[e.file].ReadAt(line, e.at); err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
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
