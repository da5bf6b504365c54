package ledger

import (
	"cmp"
	"slices"
	"strings"
)

// ConflictKind is what is wrong between lines of logs that were merged.
type ConflictKind string

// The kinds.
const (
	// OtherHolder: one license key was given to different holders.
	OtherHolder ConflictKind = "other_holder"
	// BothRunning: one license key has licenses of which neither log knew the
	// other's, and none replaces the other.
	BothRunning ConflictKind = "both_running"
	// OtherMembers: one license has other members in another line, such as another
	// note. The line that is kept is the first.
	OtherMembers ConflictKind = "other_members"
)

// Conflict is what a person should look at after a merge.
type Conflict struct {
	Kind ConflictKind
	// LicenseKey is what it is about.
	LicenseKey string
	// Lines are the two lines, that of the log itself first.
	Lines [2]LinePlace
}

// LinePlace is where a line stands.
type LinePlace struct {
	Path string
	Line int
}

// maxConflicts bounds how many conflicts are listed; keptConflicts how many are
// held until it is known which those are.
const (
	maxConflicts  = 100
	keptConflicts = 10000
)

// place is a line of one of the files that are merged.
type place struct{ file, line int }

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.file, q.file), cmp.Compare(p.line, q.line))
}

// found is a conflict of which the license key is not known yet.
type found struct {
	kind  ConflictKind
	lines [2]place
}

func (m *merge) conflict(kind ConflictKind, first, second place) {
	m.done.ConflictCount++
	if len(m.found) < keptConflicts {
		m.found = append(m.found, found{kind, [2]place{first, second}})
	}
}

// nameConflicts lists the conflicts in the order of the lines that are theirs, and
// reads their license keys.
func (m *merge) nameConflicts() error {
	slices.SortFunc(m.found, func(a, b found) int {
		return cmp.Or(a.lines[1].compare(b.lines[1]), a.lines[0].compare(b.lines[0]), cmp.Compare(a.kind, b.kind))
	})
	list := m.found[:min(len(m.found), maxConflicts)]
	keys := make(map[place]string)
	for _, f := range list {
		keys[f.lines[0]] = ""
	}
	for file := range m.lines {
		if len(list) == 0 {
			break
		}
		err := m.each(file, func(l *mergeLine) error {
			if _, wanted := keys[place{file, l.line}]; wanted {
				keys[place{file, l.line}] = strings.Clone(l.record.LicenseKey)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, f := range list {
		c := Conflict{Kind: f.kind, LicenseKey: keys[f.lines[0]]}
		for i, p := range f.lines {
			c.Lines[i] = LinePlace{m.pathOf(p.file), p.line}
		}
		m.done.Conflicts = append(m.done.Conflicts, c)
	}
	return nil
}

func (m *merge) pathOf(file int) string {
	if file == 0 {
		return m.path
	}
	return m.Others[file-1].path
}
