package faultfs

import (
	"io/fs"

	"github.com/dtlic/dtlic/internal/fsys"
)

// file is an open file that fails as its file system is told.
type file struct {
	fs    *FS
	inner fsys.File
	name  string
}

func (f *file) Read(p []byte) (int, error) {
	if err, _ := f.fs.hit(OpRead, f.name); err != nil {
		return 0, err
	}
	return f.inner.Read(p)
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if err, _ := f.fs.hit(OpRead, f.name); err != nil {
		return 0, err
	}
	return f.inner.ReadAt(p, off)
}

func (f *file) Write(p []byte) (int, error) {
	err, first := f.fs.hit(OpWrite, f.name)
	if err == nil {
		return f.inner.Write(p)
	}
	if !f.fs.fault.Short || !first {
		return 0, err
	}
	n, innerErr := f.inner.Write(p[:len(p)/2])
	if innerErr != nil {
		return n, innerErr
	}
	return n, err
}

func (f *file) Sync() error {
	if err, _ := f.fs.hit(OpSync, f.name); err != nil || f.fs.inner == fsys.OS {
		return err
	}
	return f.inner.Sync()
}

func (f *file) Truncate(size int64) error {
	if err, _ := f.fs.hit(OpTruncate, f.name); err != nil {
		return err
	}
	return f.inner.Truncate(size)
}

func (f *file) Chmod(mode fs.FileMode) error {
	if err, _ := f.fs.hit(OpFchmod, f.name); err != nil {
		return err
	}
	return f.inner.Chmod(mode)
}

func (f *file) Stat() (fs.FileInfo, error) {
	if err, _ := f.fs.hit(OpFstat, f.name); err != nil {
		return nil, err
	}
	return f.inner.Stat()
}

func (f *file) TryLock() (bool, error) {
	if err, _ := f.fs.hit(OpTryLock, f.name); err != nil {
		return false, err
	}
	return f.inner.TryLock()
}

// Close always closes: the kernel lets go of the file even where close fails.
func (f *file) Close() error {
	err, _ := f.fs.hit(OpClose, f.name)
	if innerErr := f.inner.Close(); err == nil {
		return innerErr
	}
	return err
}
