// Package journal keeps append-only files of one record a line, which many
// processes may append to at once.
//
// [Journal.Update] is the only way to write: under a lock, in one write,
// followed by one fsync. When it returns without an error the lines will
// survive a power loss; when it returns an error the file is as it was, byte for
// byte. What a killed run or a power loss leaves behind is at most an
// unfinished last line, which no reader takes for a record, and which the next
// Update sets aside in a file of its own.
//
// [Journal.Lines] reads without the lock and never waits for a writer.
package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

// maxName is how long a journal's own name may be, in bytes: most file systems take
// 255, and the longest name beside it is that of the last file of lines that were
// set aside within a second.
const maxName = 255 - len(".set-aside-20060102T150405Z-100")

// MaxLine is the length of the longest line, in bytes without its line feed.
const MaxLine = 1 << 20

var (
	// ErrRefused is matched by the error about a thing in the journal's place
	// (or its lock's, or its directory's) that the journal does not use: a
	// symbolic link, a directory, a FIFO, a device, another user's file.
	ErrRefused = errors.New("refused")
	// ErrLock is matched by the error about a lock that could not be had.
	ErrLock = errors.New("the lock cannot be had")
	// ErrLongLine is matched by the error about a line over [MaxLine].
	ErrLongLine = errors.New("the line is too long")
)

// Journal is one append-only file. FS, Path and Now must be set.
type Journal struct {
	// FS is the file system, usually [fsys.OS].
	FS fsys.FS
	// Path is the file. Its lock is Path + ".lock".
	Path string
	// OwnDir says that the directory belongs to the journal, so that it is kept
	// at mode 700 and must be this user's. It is false for a place that a person
	// chose, such as /tmp, whose mode is not ours to change.
	OwnDir bool
	// Now is the clock; it names the file that an unfinished line goes to.
	Now func() time.Time
	// Warn takes sentences for a person; nil drops them.
	Warn func(sentence string)
	// Whole tells whether an unfinished last line is a whole record all the same,
	// such as an editor leaves that writes no final line feed; nil is never.
	Whole func(line []byte) bool
	// NewLock makes the lock on a lock file; nil stands for the operating
	// system's advisory file lock.
	NewLock func(path string) Lock

	// pause waits between two tries for the lock; nil stands for a timer.
	pause func(ctx context.Context, d time.Duration) error
}

// Update locks the journal, calls fn with what is in it, and appends the lines
// that fn returns (each without a line feed), durably. No lines are fine, and
// write nothing. While another process holds the lock it waits, until ctx ends.
//
// An error of fn is returned as it is.
func (j *Journal) Update(ctx context.Context, fn func(existing View) ([][]byte, error)) (err error) {
	held, err := j.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() { held.release(err != nil) }()
	log, err := j.openForUpdate(ctx)
	if err != nil {
		return err
	}
	defer log.close()
	lines, err := fn(log.view(j.Whole))
	if err != nil || len(lines) == 0 {
		return err
	}
	text, err := join(lines)
	if err != nil {
		return err
	}
	// Nothing has been changed until here: a refused record leaves even an
	// unfinished last line where it is.
	if log.file == nil {
		if err := log.create(); err != nil {
			return err
		}
	}
	return j.append(log, text)
}

// join puts lines together into the text to append.
func join(lines [][]byte) ([]byte, error) {
	size := 0
	for _, line := range lines {
		if len(line) == 0 || bytes.IndexByte(line, '\n') >= 0 {
			return nil, errors.New("a record to append is empty or has a line feed inside")
		}
		if len(line) > MaxLine {
			return nil, fmt.Errorf("a record to append has %d bytes, and %d are the limit: %w", len(line), MaxLine, ErrLongLine)
		}
		size += len(line) + 1
	}
	text := make([]byte, 0, size)
	for _, line := range lines {
		text = append(append(text, line...), '\n')
	}
	return text, nil
}

// append adds text to the log in one write and makes it durable.
func (j *Journal) append(log *logFile, text []byte) error {
	ended, err := j.cutTail(log)
	if err != nil {
		return err
	}
	if !ended {
		text = append([]byte{'\n'}, text...)
	}
	return log.write(text)
}

// cutTail sets an unfinished last line aside. ended is false when the log ends in
// a whole record that lacks its line feed.
func (j *Journal) cutTail(log *logFile) (ended bool, err error) {
	tail, err := findTail(log.file, log.size)
	whole := false
	if err == nil && tail < log.size {
		whole, err = log.view(j.Whole).isWhole(tail)
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("cannot read %q: %w", j.Path, fsys.Reason(err)) // nothing is changed yet
	case tail == log.size:
		return true, nil
	case whole:
		return false, nil
	default:
		// From here on the log ends before the unfinished line, also when the
		// append fails: that line is safe in the file beside.
		return true, j.setAside(log, tail)
	}
}

func (j *Journal) warn(format string, args ...any) {
	if j.Warn != nil {
		j.Warn(fmt.Sprintf(format, args...))
	}
}

func (j *Journal) dir() string { return filepath.Dir(j.Path) }

// check refuses what is no plain file of this user's.
func check(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return refused(path, "it is "+fsys.Describe(info.Mode())+", and a plain file is needed")
	}
	if !fsys.OwnedByMe(info) {
		return refused(path, "it belongs to another user")
	}
	return nil
}

func refused(path, why string) error {
	return fmt.Errorf("%w to use %q: %s", ErrRefused, path, why)
}
