package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dtlic/dtlic/internal/fsys"
)

// ErrKeep is returned by the function given to [Journal.Rewrite] when the
// journal is to stay as it is.
var ErrKeep = errors.New("the journal stays as it is")

// ErrChanged is matched by the error about a journal that a program without its
// lock wrote to while it was to be replaced: it stays as that program left it.
var ErrChanged = errors.New("nothing was replaced")

// Rewrite replaces the journal, as a whole and durably, by what fn writes: whole
// lines, each with its line feed. Until the replacement stands in the journal's
// place readers have the former one; a run that is killed leaves one of the two,
// and at most a hidden file beside it, which the next Rewrite removes, and an empty
// one Path + ".replaced", which the next Update removes. While it runs no Update does. Memory
// stays constant as long as fn's does.
//
// An unfinished last line is set aside first, as [Journal.Update] does; existing
// has the lines before it. When fn returns [ErrKeep] the journal stays, without an
// error; any other error of fn is returned as it is, and the journal stays too.
func (j *Journal) Rewrite(ctx context.Context, fn func(existing View, w io.Writer) error) error {
	return j.rewrite(ctx, true, fn)
}

// Mend is [Journal.Rewrite] for who repairs a journal: existing has every byte of
// it, an unfinished last line too (see [View.Unfinished]), and nothing is set aside
// but by fn.
func (j *Journal) Mend(ctx context.Context, fn func(existing View, w io.Writer) error) error {
	return j.rewrite(ctx, false, fn)
}

func (j *Journal) rewrite(ctx context.Context, cutTail bool, fn func(existing View, w io.Writer) error) (err error) {
	held, err := j.acquire(ctx)
	if err != nil {
		return err
	}
	kept := false
	defer func() { held.release(err != nil || kept) }()
	log, err := j.openForUpdate(ctx)
	if err != nil {
		return err
	}
	defer log.close()
	if log.file != nil && cutTail {
		if _, err := j.cutTail(log); err != nil {
			return err
		}
		if err := log.describe(); err != nil { // cutting changed it
			return err
		}
	}
	fresh, err := j.createFresh()
	if err != nil {
		return err
	}
	err = fn(log.view(j.Whole), fresh)
	if err == nil {
		err = fresh.replace(log)
	}
	if err == nil {
		return nil
	}
	if kept = errors.Is(err, ErrKeep); kept {
		err = log.settle() // what stays is answered for, too
	}
	return fresh.discard(err)
}

// mustBeUnchanged makes sure that no program without our lock, such as a shell that
// appends, or an editor, wrote to the journal since it was opened: what it wrote
// would be gone. A change of the same size within one tick of the file system's
// clock does not show.
func (l *logFile) mustBeUnchanged() error {
	now, err := l.j.FS.Lstat(l.j.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && l.file == nil:
		return nil
	case err != nil:
		return l.j.openError(err)
	case l.file == nil || !(Version{now}).Same(Version{l.info}):
		return fmt.Errorf("%w: another program wrote to %q meanwhile", ErrChanged, l.j.Path)
	}
	return nil
}

// settle makes the journal's entry durable where a run that was killed, or that
// failed, may have left it otherwise.
func (l *logFile) settle() error {
	if !l.j.marked() {
		return nil
	}
	if err := l.syncEntry(); err != nil {
		return err
	}
	l.j.unmark()
	return nil
}

// CopyTo writes all lines to w byte for byte, and a line feed behind the last
// one where that is missing.
func (v View) CopyTo(w io.Writer) error {
	if v.size == 0 {
		return nil
	}
	var last [1]byte
	if err := readFull(v.file, last[:], v.size-1); err != nil {
		return fmt.Errorf("cannot read %q: %w", v.path, fsys.Reason(err))
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{w}, io.NewSectionReader(v.file, 0, v.size), make([]byte, chunk)); err != nil {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// freshFile is what will replace the journal.
type freshFile struct {
	j      *Journal
	path   string
	file   fsys.File
	buffer *bufio.Writer
	closed bool
}

// createFresh makes the file beside the journal, after it removed what a killed
// run left of its own: the lock is held, so nobody is writing it.
func (j *Journal) createFresh() (*freshFile, error) {
	// A name that no person gives a file of their own.
	path := filepath.Join(j.dir(), "."+filepath.Base(j.Path)+".dtlic-new")
	if info, err := j.FS.Lstat(path); err == nil && info.Mode().IsRegular() {
		err = j.FS.Remove(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot remove %q, which a run that was killed left: %w", path, fsys.Reason(err))
		}
	}
	file, err := j.FS.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|fsys.NoFollow, filePerm)
	if err != nil {
		return nil, fmt.Errorf("cannot create %q: %w", path, fsys.Reason(err))
	}
	return &freshFile{j: j, path: path, file: file, buffer: bufio.NewWriterSize(file, 4*chunk)}, nil
}

func (f *freshFile) Write(p []byte) (int, error) {
	n, err := f.buffer.Write(p)
	if err != nil {
		err = f.failed("write", err)
	}
	return n, err
}

// replace makes what was written durable and puts it into the journal's place.
func (f *freshFile) replace(log *logFile) error {
	if err := f.buffer.Flush(); err != nil {
		return f.failed("write", err)
	}
	if err := f.file.Sync(); err != nil {
		return f.failed("make durable", err)
	}
	f.closed = true
	if err := f.file.Close(); err != nil {
		return f.failed("write", err)
	}
	if err := log.mustBeUnchanged(); err != nil {
		return err
	}
	if !fsys.RemovesOpen {
		log.close() // not every Windows replaces a file that is open
	}
	isNew, err := f.j.mark()
	if err != nil {
		return err
	}
	if err := f.j.FS.Rename(f.path, f.j.Path); err != nil {
		if isNew {
			f.j.unmark()
		}
		return fmt.Errorf("cannot replace %q: %w", f.j.Path, fsys.Reason(err))
	}
	// The mark is there, so that this is done.
	if err := log.settle(); err != nil {
		return fmt.Errorf("%q was replaced, but that may not survive a power loss: %w", f.j.Path, err)
	}
	return nil
}

// markPath is a file that is there while the journal's entry in its directory may
// not be durable, because a Rewrite put another file there. A run that is killed
// in between leaves it: what the next Update appends would be gone with that
// entry, however durable the file itself is.
func (j *Journal) markPath() string { return j.Path + ".replaced" }

// mark makes that file, and tells whether it was not there.
func (j *Journal) mark() (isNew bool, err error) {
	file, err := j.FS.OpenFile(j.markPath(), os.O_WRONLY|os.O_CREATE|os.O_EXCL|fsys.NoFollow, filePerm)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot create %q: %w", j.markPath(), fsys.Reason(err))
	}
	_ = file.Close() // nothing was written
	return true, nil
}

// marked tells whether the journal's entry may not be durable. What cannot be
// told may be so.
func (j *Journal) marked() bool {
	_, err := j.FS.Lstat(j.markPath())
	return !errors.Is(err, fs.ErrNotExist)
}

// unmark removes the mark, and never a file that somebody gave that name: the mark
// is empty. Where that fails the entry is made durable once more than is needed.
func (j *Journal) unmark() {
	if info, err := j.FS.Lstat(j.markPath()); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		_ = j.FS.Remove(j.markPath())
	}
}

func (f *freshFile) failed(what string, err error) error {
	return fmt.Errorf("cannot %s %q: %w", what, f.path, fsys.Reason(err))
}

// discard removes the file and returns why it is not used.
func (f *freshFile) discard(cause error) error {
	if !f.closed {
		_ = f.file.Close() // what it holds is thrown away
	}
	if err := f.j.FS.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(cause, fmt.Errorf("and %q could not be removed again: %w", f.path, fsys.Reason(err)))
	}
	return cause
}
