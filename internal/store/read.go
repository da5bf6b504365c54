package store

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/dtlic/dtlic/internal/fsys"
)

// ReadOptions say what [ReadSmall] may read.
type ReadOptions struct {
	// Follow follows a symbolic link in the last place of the path, as the
	// secrets of Kubernetes are; without it such a link is refused.
	Follow bool
	// RegularOnly refuses a FIFO, a device and a socket, without touching or
	// waiting for them. A directory is refused always.
	RegularOnly bool
}

// ReadSmall reads a whole file of at most limit bytes. Errors match
// [fs.ErrNotExist], [ErrTooLarge] or [ErrNotPlain] where that is the reason.
func ReadSmall(disk fsys.FS, path string, limit int64, opt ReadOptions) ([]byte, error) {
	look, flag := disk.Stat, os.O_RDONLY
	if !opt.Follow {
		look, flag = disk.Lstat, flag|fsys.NoFollow
	}
	if opt.RegularOnly {
		flag |= fsys.NonBlock
	}
	// Looked at before it is opened, because opening a device can do something
	// to it, and again when it is open, because it may be another one by then.
	info, err := look(path)
	if err != nil {
		return nil, readError(path, err)
	}
	if err := opt.check(path, info); err != nil {
		return nil, err
	}
	f, err := disk.OpenFile(path, flag, 0)
	if err != nil {
		return nil, readError(path, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if info, err = f.Stat(); err != nil {
		return nil, readError(path, err)
	}
	if err := opt.check(path, info); err != nil {
		return nil, err
	}
	if mode := info.Mode(); mode.IsRegular() && info.Size() > limit {
		return nil, tooLarge(path, limit)
	}
	// In one piece where the file says its size truly, which a device does not.
	var data bytes.Buffer
	if size := info.Size(); 0 < size && size <= limit {
		data.Grow(int(size) + bytes.MinRead)
	}
	if _, err := data.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, readError(path, err)
	}
	if int64(data.Len()) > limit {
		return nil, tooLarge(path, limit)
	}
	return data.Bytes(), nil
}

func tooLarge(path string, limit int64) error {
	return fmt.Errorf("cannot read %q: it has more than %d bytes: %w", path, limit, ErrTooLarge)
}

func (opt ReadOptions) check(path string, info fs.FileInfo) error {
	mode := info.Mode()
	if mode.IsDir() || mode&fs.ModeSymlink != 0 || opt.RegularOnly && !mode.IsRegular() {
		return notPlain("read", path, mode)
	}
	return nil
}

func readError(path string, err error) error {
	return fmt.Errorf("cannot read %q: %w", path, fsys.Reason(err))
}
