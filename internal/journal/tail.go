package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/dtlic/dtlic/internal/fsys"
)

// chunk is how much of a file is held in memory while it is searched or copied.
const chunk = 64 << 10

// maxAside bounds how many files of a kind are set aside within one second.
const maxAside = 100

// findTail returns where the unfinished last line begins: behind the last line
// feed. It is size when there is none.
func findTail(file io.ReaderAt, size int64) (int64, error) {
	buf := make([]byte, min(chunk, size))
	for end := size; end > 0; {
		part := buf[:min(int64(len(buf)), end)]
		start := end - int64(len(part))
		if err := readFull(file, part, start); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	return 0, nil
}

// readFull fills p from a place in a file. A file that ends before is an error.
func readFull(file io.ReaderAt, p []byte, at int64) error {
	n, err := file.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// setAside moves the unfinished last line, which begins at tail, into a new
// file beside the log, durable there before it is cut from the log.
func (j *Journal) setAside(log *logFile, tail int64) error {
	aside, path, err := j.createAside("torn")
	if err != nil {
		return err
	}
	defer func() { _ = aside.Close() }() // durable since Sync, or removed
	n := log.size - tail
	_, err = io.CopyBuffer(struct{ io.Writer }{aside}, io.NewSectionReader(log.file, tail, n), make([]byte, chunk))
	if err == nil {
		err = aside.Sync()
	}
	if err == nil {
		err = j.FS.SyncDir(j.dir())
	}
	if err == nil {
		err = log.file.Truncate(tail)
	}
	if err != nil {
		err = fmt.Errorf("cannot set the unfinished last line of %q aside in %q: %w", j.Path, path, fsys.Reason(err))
		if err2 := j.FS.Remove(path); err2 != nil {
			err = errors.Join(err, fmt.Errorf("and %q could not be removed again: %w", path, fsys.Reason(err2)))
		}
		return err
	}
	log.size = tail
	j.warn("the last line of %q was unfinished, as after a power loss: its %d bytes were moved to %q; every whole record is untouched",
		j.Path, n, path)
	return nil
}

// createAside makes a file for what leaves the journal.
func (j *Journal) createAside(kind string) (fsys.File, string, error) {
	stem := j.Path + "." + kind + "-" + j.Now().UTC().Format("20060102T150405Z")
	path := stem
	for n := 2; n <= maxAside; n++ {
		f, err := j.FS.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|fsys.NoFollow, filePerm)
		if err == nil {
			return f, path, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, "", fmt.Errorf("cannot create %q to set lines aside: %w", path, fsys.Reason(err))
		}
		path = fmt.Sprintf("%s-%d", stem, n)
	}
	return nil, "", fmt.Errorf("cannot set lines of %q aside: there are %d files like %q already", j.Path, maxAside-1, path)
}
