package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dtlic/dtlic/internal/fsys"
)

const (
	filePerm fs.FileMode = 0o600
	dirPerm  fs.FileMode = 0o700
)

// logFile is the journal's file during one Update.
type logFile struct {
	j *Journal
	// file is nil as long as the log does not exist.
	file fsys.File
	// info is what is known of the log.
	info fs.FileInfo
	// size is what the log is cut back to when something fails.
	size int64
	// made says that this Update created the log, and so removes it again.
	made bool
}

// openForUpdate opens the log if it is there, tightening its mode.
func (j *Journal) openForUpdate(ctx context.Context) (*logFile, error) {
	file, info, err := j.openLocked(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return &logFile{j: j}, nil
	}
	if err != nil {
		return nil, err
	}
	log := &logFile{j: j, file: file, info: info, size: info.Size()}
	if fsys.TooOpen(info) {
		if err := file.Chmod(filePerm); err != nil {
			log.close()
			return nil, fmt.Errorf("cannot keep other users out of %q: %w", j.Path, fsys.Reason(err))
		}
		j.warn("%q could be read or changed by other users (mode %04o); its mode is now %04o", j.Path, info.Mode().Perm(), filePerm)
	}
	return log, nil
}

// openLocked opens the log and locks it as well. The lock file alone is not
// enough: people and clean-up programs remove what they take for a stale one, and
// whoever makes a new one is alone with it. A reader takes no lock and is not held
// up; where locks are mandatory, on Windows, an open lock file cannot be removed.
func (j *Journal) openLocked(ctx context.Context) (fsys.File, fs.FileInfo, error) {
	for {
		file, info, err := j.open(os.O_RDWR | os.O_APPEND)
		if err != nil || !fsys.RemovesOpen {
			return file, info, err
		}
		if info, err = j.lockLog(ctx, file); err == nil && info != nil {
			return file, info, nil
		}
		_ = file.Close() // nothing was written
		if err != nil {
			return nil, nil, err
		}
	}
}

// describe takes anew what is known of the log.
func (l *logFile) describe() error {
	info, err := l.file.Stat()
	if err != nil {
		return l.j.openError(err)
	}
	l.info = info
	return nil
}

// lockLog locks the open log and describes it; the description is nil when
// another file stands in its place by then.
func (j *Journal) lockLog(ctx context.Context, file fsys.File) (fs.FileInfo, error) {
	err := j.poll(ctx, file.TryLock)
	if errors.Is(err, errors.ErrUnsupported) { // the lock file has to do
		err = nil
	}
	if err != nil {
		return nil, lockError(j.Path, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, j.openError(err)
	}
	named, err := j.FS.Lstat(j.Path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, named) {
		return nil, nil
	}
	if err != nil {
		return nil, j.openError(err)
	}
	return info, nil
}

// open opens the log if it is a plain file of this user's. An error about a
// missing file matches fs.ErrNotExist.
func (j *Journal) open(flag int) (fsys.File, fs.FileInfo, error) {
	// Looked at before it is opened, because opening a device can do something
	// to it, and again when it is open, because it may be another one by then.
	info, err := j.FS.Lstat(j.Path)
	if err != nil {
		return nil, nil, j.openError(err)
	}
	if err := check(j.Path, info); err != nil {
		return nil, nil, err
	}
	file, err := j.FS.OpenFile(j.Path, flag|fsys.NoFollow|fsys.NonBlock, 0)
	if err != nil {
		return nil, nil, j.openError(err)
	}
	if info, err = file.Stat(); err != nil {
		err = j.openError(err)
	} else {
		err = check(j.Path, info)
	}
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, nil, err
	}
	return file, info, nil
}

func (j *Journal) openError(err error) error {
	return fmt.Errorf("cannot open %q: %w", j.Path, fsys.Reason(err))
}

// create makes the log, empty.
func (l *logFile) create() error {
	flag := os.O_RDWR | os.O_APPEND | os.O_CREATE | os.O_EXCL | fsys.NoFollow
	file, err := l.j.FS.OpenFile(l.j.Path, flag, filePerm)
	if err != nil {
		return fmt.Errorf("cannot create %q: %w", l.j.Path, fsys.Reason(err))
	}
	l.file, l.made = file, true
	if ok, err := file.TryLock(); fsys.RemovesOpen && err == nil && !ok {
		// Somebody without our lock file was quicker, and relies on this file.
		l.made = false
		return fmt.Errorf("%w: another program took %q at once", ErrLock, l.j.Path)
	}
	return nil
}

// write appends text and makes it durable, or takes everything back.
func (l *logFile) write(text []byte) error {
	if marked := l.j.marked(); marked || l.size == 0 {
		if err := l.syncEntry(); err != nil {
			return l.undo(err)
		}
		if marked {
			l.j.unmark()
		}
	}
	n, err := l.file.Write(text)
	if err == nil && n < len(text) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return l.undo(fmt.Errorf("cannot write to %q: %w", l.j.Path, fsys.Reason(err)))
	}
	// Never tried a second time: the kernel drops the pages that it could not
	// write, and then says that all is well.
	if err := l.file.Sync(); err != nil {
		return l.undo(fmt.Errorf("cannot make the new record in %q safe against a power loss: %w", l.j.Path, fsys.Reason(err)))
	}
	return nil
}

// syncEntry makes the directory entry of an empty log durable before the first
// record goes into it. A log with content was therefore made durable by
// whoever wrote that, unless it is marked as replaced; an empty one may come from
// a run that was killed before. The same holds for the journal's own directory,
// which a run killed since, or still under way, may have made.
func (l *logFile) syncEntry() error {
	dirs := []string{l.j.dir()}
	if l.j.OwnDir {
		dirs = append(dirs, filepath.Dir(l.j.dir()))
	}
	for _, dir := range dirs {
		if err := l.j.FS.SyncDir(dir); err != nil {
			return fmt.Errorf("cannot make the entries of the directory %q safe against a power loss: %w", dir, fsys.Reason(err))
		}
	}
	return nil
}

// undo leaves the log as it was before the failure, and returns why it failed.
func (l *logFile) undo(cause error) error {
	if l.made {
		if err := l.j.FS.Remove(l.j.Path); err != nil {
			// Then let it at least be empty, which is what no log is to a reader.
			_ = l.file.Truncate(0)
			return errors.Join(cause, fmt.Errorf("and the new file %q could not be removed again: %w", l.j.Path, fsys.Reason(err)))
		}
		return cause
	}
	if err := l.file.Truncate(l.size); err != nil {
		return errors.Join(cause, fmt.Errorf(
			"and %q could not be cut back to its former %d bytes: it may end in a record that counts as never written: %w",
			l.j.Path, l.size, fsys.Reason(err)))
	}
	return cause
}

// close closes the log, once. Its error has nothing to say: what was written is
// durable since Sync, or was taken back.
func (l *logFile) close() {
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}

// view shows the lines of the log.
func (l *logFile) view(whole func([]byte) bool) View {
	if l.file == nil {
		return View{path: l.j.Path}
	}
	return View{path: l.j.Path, file: l.file, size: l.size, whole: whole, info: l.info}
}
