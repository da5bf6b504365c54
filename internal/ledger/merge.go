package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/dtlic/dtlic/internal/journal"
)

// MaxMerged is how many logs can be merged into one at once.
const MaxMerged = 63

// Merging says what is to be merged into a log.
type Merging struct {
	// Others are the logs whose licenses are taken over, at most [MaxMerged].
	Others []*Snapshot
	// Check says why a record must not be in this log, as one of another product;
	// nil takes every record.
	Check func(r *Record) error
	// Foreign says that the others come from another program, perhaps of another
	// system: a byte order mark and carriage returns before line ends are not
	// taken over.
	Foreign bool
	// Copies says that the others are copies of this log, as a backup has one: lines
	// of theirs that are no records are taken over, too, and known by their bytes;
	// those that are too long are left out. Into an empty log a single copy goes byte
	// for byte.
	Copies bool
	// DryRun only looks what would be done.
	DryRun bool
	// Before is called when nothing can be refused any more, and before the log is
	// replaced, which its error prevents; nil is not called.
	Before func() error

	// window is how many entries are held in memory at once, at least 2; 0 stands
	// for defaultWindow. Larger logs take several passes.
	window int
}

// defaultWindow keeps a merge below some 60 MiB.
const defaultWindow = 1 << 19

// Merged tells what a merge did, or would do.
type Merged struct {
	// Others are as they were given.
	Others []MergedLog
	// Added is how many licenses are new in the log, Duplicates how many lines
	// of the others have a license that is in it, or in one of them, already.
	Added, Duplicates int
	// Damaged tells of lines of the log itself that cannot be read. They stay.
	Damaged error
	// Conflicts are the first of those found, and ConflictCount is how many there
	// are. Whatever they are about is in the log all the same.
	Conflicts     []Conflict
	ConflictCount int
}

// MergedLog tells what came of one of the others.
type MergedLog struct {
	Path string
	// Records is how many it has, Added how many of them are new.
	Records, Added int
	// Torn is how many bytes its unfinished last line has, which is not taken.
	Torn int64
	// TooLong is how many lines of a copy are too long to be taken over.
	TooLong int
}

// Merge adds the licenses of other logs that are not in this one, byte for byte
// as they stand there, in the order in which they were issued, and behind what
// the log has. A license is known by its blob: one that is in the log, or in
// several of the others, is added once or not at all.
//
// All or nothing: where lines of the others are no records, or are refused by
// Check, the error joins a [*journal.LineError] or a [*RefusedError] for each of
// the first of them, and the log is as it was. Memory stays constant, but for eight bytes a new license, one
// bit a line, and license keys with very many lines.
func (l *Ledger) Merge(ctx context.Context, what Merging) (Merged, error) {
	if len(what.Others) > MaxMerged {
		return Merged{}, fmt.Errorf("%d logs are too many at once: at most %d", len(what.Others), MaxMerged)
	}
	if what.window == 0 {
		what.window = defaultWindow
	}
	m := &merge{Merging: what, ctx: ctx, path: l.Path()}
	if err := m.survey(); err != nil {
		return Merged{}, err
	}
	if what.DryRun {
		ours, err := l.Snapshot()
		if err != nil {
			return Merged{}, err
		}
		defer ours.Close()
		err = m.compare(ours.View)
		return m.done, err
	}
	err := l.journal.Rewrite(ctx, func(existing journal.View, w io.Writer) error {
		if err := m.compare(existing); err != nil {
			return err
		}
		if m.done.Added == 0 {
			return journal.ErrKeep
		}
		if m.verbatim() {
			return m.Others[0].CopyTo(writerUntil{ctx, w})
		}
		if err := existing.CopyTo(w); err != nil {
			return err
		}
		return m.write(w)
	})
	if err != nil {
		return Merged{}, err
	}
	return m.done, nil
}

// merge is one under way. Files are numbered: 0 is the log itself, the others
// follow.
type merge struct {
	Merging
	ctx  context.Context
	path string
	ours journal.View
	// lines is how many lines each file has.
	lines []int
	// taken has, for each of the others, the lines that are added.
	taken []bitset
	// found are the first of the conflicts.
	found []found
	done  Merged
}

// mergeLine is a record in one of the files.
type mergeLine struct {
	file, line int
	// at is where raw begins in the file.
	at int64
	// raw is overwritten when the next lines are read, and the record's texts may be
	// parts of it.
	raw    []byte
	record Record
	// plain tells that the line has only members that Record knows.
	plain bool
	// err is why it is no record.
	err error
}

// sum stands for what a line is known by: a record by its blob, any other line by
// its bytes.
func (l *mergeLine) sum() textSum {
	if l.err == nil && l.record.Blob != "" {
		return sumOf(l.record.Blob)
	}
	return sumOf("\n" + alias(bytes.TrimSpace(l.raw))) // no blob begins so
}

// survey reads the others once, before anything is locked: all that would be
// refused is refused here.
func (m *merge) survey() error {
	m.lines, m.taken = make([]int, len(m.Others)+1), make([]bitset, len(m.Others))
	var refused Damage
	for i, other := range m.Others {
		log := MergedLog{Path: other.path, Torn: other.torn}
		for l, err := range m.read(i + 1) {
			m.lines[i+1] = l.line
			switch {
			case m.Copies && l.err != nil:
				err = nil
				if l.raw == nil {
					log.TooLong++
					continue
				}
			case err == nil:
				err = m.check(l, other.path)
			}
			if err != nil && !refused.Add(err) {
				return err
			}
			log.Records++
		}
		m.done.Others = append(m.done.Others, log)
	}
	return refused.Err()
}

// check says why a record of the others is not taken.
func (m *merge) check(l *mergeLine, path string) error {
	if l.record.Blob == "" && !m.Copies {
		return &journal.LineError{Path: path, Line: l.line, Err: errors.New("its blob is empty")}
	}
	if m.Check == nil {
		return nil
	}
	if err := m.Check(&l.record); err != nil {
		return &RefusedError{path, l.line, err}
	}
	return nil
}

// RefusedError is about a whole record that is not to be in the log.
type RefusedError struct {
	// Path is the log it stands in, Line the number of its line, counted from 1.
	Path string
	Line int
	// Err is why, as [Merging].Check says.
	Err error
}

// Error names the line, and says why it is refused.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("line %d of %q cannot be taken: %v", e.Line, e.Path, e.Err)
}

// Unwrap returns why.
func (e *RefusedError) Unwrap() error { return e.Err }

// eachRecord calls fn with each record of a file.
func (m *merge) eachRecord(file int, fn func(l *mergeLine) error) error {
	return m.each(file, func(l *mergeLine) error {
		if l.err != nil {
			return nil
		}
		return fn(l)
	})
}

// each calls fn with each line of a file that counts: with its records, and of
// copies and their log with all lines that can be read. Lines that do not count are
// passed over in the log itself; the others have none, see survey.
func (m *merge) each(file int, fn func(l *mergeLine) error) error {
	for l, err := range m.read(file) {
		if l.err != nil {
			if m.Copies && l.raw != nil {
				err = nil
			} else if m.Copies || file == 0 {
				continue
			}
		}
		if err == nil {
			err = fn(l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read yields the records of a file with their places; a line that is none comes
// as a [*journal.LineError].
func (m *merge) read(file int) iter.Seq2[*mergeLine, error] {
	view, path := m.ours, m.path
	if file > 0 {
		view, path = m.Others[file-1].View, m.Others[file-1].path
	}
	return func(yield func(*mergeLine, error) bool) {
		for part, err := range journal.Scan(m.ctx, view, func(p *journal.Block, lines *[]mergeLine) {
			*lines = m.linesOf(p, file, (*lines)[:0])
		}) {
			if err != nil {
				yield(&mergeLine{file: file}, err)
				return
			}
			for i := range part.Found {
				l := &part.Found[i]
				if l.line += part.First; l.err != nil {
					err = &journal.LineError{Path: path, Line: l.line, Err: l.err}
				}
				if !yield(l, err) {
					return
				}
				err = nil
			}
		}
	}
}

// linesOf reads the lines of a block that are not blank, numbered from 0.
func (m *merge) linesOf(p *journal.Block, file int, lines []mergeLine) []mergeLine {
	for piece := range p.Pieces() {
		l := mergeLine{file: file, line: piece.Number, at: piece.At, raw: piece.Raw}
		if l.raw == nil {
			l.err = journal.ErrLongLine
		} else {
			if m.Foreign && file > 0 {
				l.trim(p.Index == 0 && piece.Number == 0)
			}
			if isBlank(l.raw) {
				continue
			}
			if l.plain = cut(alias(l.raw), &l.record) > 0; !l.plain {
				l.record, l.err = Parse(l.raw) // the record is empty with an error
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// trim takes from a line what another system puts around it.
func (l *mergeLine) trim(isFirst bool) {
	if rest, ok := bytes.CutPrefix(l.raw, byteOrderMark); ok && isFirst {
		l.raw, l.at = rest, l.at+int64(len(byteOrderMark))
	}
	l.raw = bytes.TrimSuffix(l.raw, []byte{'\r'})
}
