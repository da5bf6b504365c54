package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/dtlic/dtlic/internal/journal"
)

// textSum stands for a text: the first half of its SHA-256, which nobody finds twice.
type textSum [16]byte

func sumOf(text string) textSum { return half(sha256.Sum256([]byte(text))) }

func half(sum [sha256.Size]byte) (h textSum) {
	copy(h[:], sum[:])
	return h
}

func (s textSum) compare(other textSum) int { return bytes.Compare(s[:], other[:]) }

// part tells which of n parts of all texts this one belongs to.
func (s textSum) part(n int) int { return int(binary.BigEndian.Uint64(s[8:]) % uint64(n)) }

// hashOf stands for some texts. Two that are alike by chance make a wrong entry in
// a list of conflicts possible, and no more.
func hashOf(texts ...string) uint64 {
	h := sha256.New()
	for _, t := range texts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(t)))
		h.Write(size[:])
		h.Write([]byte(t))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// blobEntry is what is held of a line while the blobs are compared.
type blobEntry struct {
	sum        textSum
	file, line uint32
	// members stands for what every record has, extra for what is nowhere else
	// than in the log; 0 for nothing.
	members, extra uint32
}

func entryOf(l *mergeLine, sum textSum) blobEntry {
	if l.err != nil { // nothing but its bytes, which are the same
		return blobEntry{sum: sum, file: uint32(l.file), line: uint32(l.line)}
	}
	r := &l.record
	e := blobEntry{
		sum: sum, file: uint32(l.file), line: uint32(l.line),
		members: uint32(hashOf(r.LicenseKey, r.Name, r.Email, r.Tier, r.IssuedAt, r.ExpiresAt)),
	}
	more := []string{r.Order, r.Replaces, r.Note}
	if !l.plain {
		for _, m := range (&Entry{Raw: l.raw}).Unknown() {
			more = append(more, m.Name, string(m.Value.(json.RawMessage)))
		}
	}
	if slices.ContainsFunc(more, func(s string) bool { return s != "" }) {
		e.extra = uint32(hashOf(more...)) | 1
	}
	return e
}

// compare finds what is new in the others, and what is in conflict. When that is
// known nothing more can be refused.
func (m *merge) compare(ours journal.View) error {
	m.ours = ours
	if err := m.countOurs(); err != nil {
		return err
	}
	total := 0
	for _, n := range m.lines {
		total += n
	}
	parts := total/m.window + 1
	for part := range parts {
		if err := m.sift(part, parts, total/parts); err != nil {
			return err
		}
	}
	if m.done.Added > 0 {
		if err := m.compareKeys(); err != nil {
			return err
		}
	}
	if m.verbatim() { // its lines come along, whatever they are
		other := &m.done.Others[0]
		other.Records, other.TooLong = other.Records+other.TooLong, 0
		other.Added, m.done.Added, m.done.Duplicates = other.Records, other.Records, 0
	}
	if err := m.nameConflicts(); err != nil || m.Before == nil {
		return err
	}
	return m.Before()
}

// verbatim tells whether the log is going to be what its only copy is.
func (m *merge) verbatim() bool { return m.Copies && len(m.Others) == 1 && m.ours.Size() == 0 }

// countOurs counts the lines of the log itself, and tells which cannot be read.
func (m *merge) countOurs() error {
	var damaged Damage
	for l, err := range m.read(0) {
		m.lines[0] = l.line
		if err != nil && !damaged.Add(err) {
			return err
		}
	}
	m.done.Damaged = damaged.Err()
	return nil
}

// sift looks at one part of all blobs: the first line of the others with a blob
// that the log does not have is taken.
func (m *merge) sift(part, parts, about int) error {
	entries := make([]blobEntry, 0, about+about/16+64)
	for file := range m.lines {
		err := m.each(file, func(l *mergeLine) error {
			if sum := l.sum(); sum.part(parts) == part {
				entries = append(entries, entryOf(l, sum))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	slices.SortFunc(entries, func(a, b blobEntry) int {
		return cmp.Or(a.sum.compare(b.sum), cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].sum == entries[0].sum {
			n++
		}
		m.siftOne(entries[:n])
		entries = entries[n:]
	}
	return nil
}

// siftOne looks at all lines with one blob, those of the log itself first.
func (m *merge) siftOne(same []blobEntry) {
	first := same[0]
	if first.file > 0 {
		m.taken[first.file-1].add(int(first.line))
		m.done.Added++
		m.done.Others[first.file-1].Added++
	}
	for _, e := range same[1:] {
		if e.file == 0 {
			continue // the log's own affair
		}
		m.done.Duplicates++
		if e.members != first.members || e.extra != 0 && e.extra != first.extra {
			m.conflict(OtherMembers, place{int(first.file), int(first.line)}, place{int(e.file), int(e.line)})
		}
	}
}
