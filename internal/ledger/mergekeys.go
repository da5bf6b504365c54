package ledger

import (
	"cmp"
	"encoding/hex"
	"slices"
)

// keyEntry is what is held of a line while the license keys are compared.
type keyEntry struct {
	key, holder uint64
	sum         textSum
	replaces    textSum // zero for none
	file, line  uint32
}

// compareKeys finds the license keys of new licenses with which something is
// wrong, so many of them at a time as are held in memory.
func (m *merge) compareKeys() error {
	shared, err := m.sharedKeys()
	if err != nil {
		return err
	}
	const linesOfAKey = 8 // and more than most have
	for keys := range slices.Chunk(shared, max(1, m.window/linesOfAKey)) {
		var entries []keyEntry
		for file := range m.lines {
			err := m.eachRecord(file, func(l *mergeLine) error {
				key := hashOf(l.record.LicenseKey)
				if _, found := slices.BinarySearch(keys, key); found {
					entries = append(entries, newKeyEntry(l, key))
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		m.compareEntries(entries)
	}
	return nil
}

// sharedKeys are the license keys of new licenses that several of them have, or
// that the log has too: sorted, each once.
func (m *merge) sharedKeys() ([]uint64, error) {
	keys := make([]uint64, 0, m.done.Added)
	for i := range m.Others {
		err := m.eachRecord(i+1, func(l *mergeLine) error {
			if m.taken[i].has(l.line) {
				keys = append(keys, hashOf(l.record.LicenseKey))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(keys)
	var shared bitset
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			shared.add(i)
		}
	}
	err := m.eachRecord(0, func(l *mergeLine) error {
		if i, found := slices.BinarySearch(keys, hashOf(l.record.LicenseKey)); found {
			shared.add(i)
		}
		return nil
	})
	n := 0
	for i, key := range keys {
		if shared.has(i) {
			keys[n] = key
			n++
		}
	}
	return slices.Compact(keys[:n]), err
}

func newKeyEntry(l *mergeLine, key uint64) keyEntry {
	r := &l.record
	e := keyEntry{
		key: key, holder: hashOf(fold(r.Name), fold(r.Email)), sum: sumOf(r.Blob),
		file: uint32(l.file), line: uint32(l.line),
	}
	if sum, err := hex.DecodeString(r.Replaces); err == nil && len(sum) >= len(e.replaces) {
		copy(e.replaces[:], sum)
	}
	return e
}

func (m *merge) compareEntries(entries []keyEntry) {
	slices.SortFunc(entries, func(a, b keyEntry) int {
		return cmp.Or(cmp.Compare(a.key, b.key), a.sum.compare(b.sum),
			cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].key == entries[0].key {
			n++
		}
		m.compareOneKey(entries[:n])
		entries = entries[n:]
	}
}

// keyLicense is one license of a license key, and where it first stands.
type keyLicense struct {
	keyEntry
	// files has a bit for each file that it stands in.
	files uint64
}

// compareOneKey looks at all lines with one license key, sorted by blob.
func (m *merge) compareOneKey(lines []keyEntry) {
	var licenses []keyLicense
	replaced := make(map[textSum]bool)
	for _, l := range lines {
		if n := len(licenses); n == 0 || licenses[n-1].sum != l.sum {
			licenses = append(licenses, keyLicense{keyEntry: l})
		}
		licenses[len(licenses)-1].files |= 1 << l.file
		if l.replaces != l.sum {
			replaced[l.replaces] = true
		}
	}
	if len(licenses) < 2 {
		return
	}
	slices.SortFunc(licenses, func(a, b keyLicense) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	if i := slices.IndexFunc(licenses, func(l keyLicense) bool { return l.holder != licenses[0].holder }); i > 0 {
		m.conflict(OtherHolder, licenses[0].place(), licenses[i].place())
		return // that they run side by side says no more
	}
	running := slices.DeleteFunc(licenses, func(l keyLicense) bool { return replaced[l.sum] })
	if a, b, found := apart(running); found {
		m.conflict(BothRunning, a.place(), b.place())
	}
}

// apart finds two licenses that no file has both of: neither creator knew of the
// other's. Where one file has both, one was made in knowledge of the other,
// whether or not it says what it replaces.
func apart(running []keyLicense) (a, b keyLicense, found bool) {
	first := make(map[uint64]keyLicense) // by the files that have it
	var kinds []uint64
	for _, l := range running {
		if _, known := first[l.files]; known {
			continue
		}
		for _, files := range kinds {
			if files&l.files == 0 {
				return first[files], l, true
			}
		}
		first[l.files] = l
		kinds = append(kinds, l.files)
	}
	return keyLicense{}, keyLicense{}, false
}

func (k *keyLicense) place() place { return place{int(k.file), int(k.line)} }
