// Package faultfs makes the calls of a file system fail, for tests: each in
// turn, as SQLite's tests do. A test runs the code under test with the first
// call failing, then with the second, and so on, until a run meets no fault.
//
// Over the real file system Sync and SyncDir are counted and fail as told, but do
// not reach the disk: no test sees a difference, and a busy disk takes a minute for
// a thousand of them.
package faultfs

import (
	"io/fs"
	"sync"
	"syscall"

	"github.com/dtlic/dtlic/internal/fsys"
)

// The calls as [FS.Count] and [FS.Calls] name them.
const (
	OpOpen     = "open"
	OpLstat    = "lstat"
	OpStat     = "stat"
	OpReadDir  = "readdir"
	OpMkdir    = "mkdir"
	OpRename   = "rename"
	OpLink     = "link"
	OpRemove   = "remove"
	OpChmod    = "chmod"
	OpSyncDir  = "syncdir"
	OpRead     = "read"
	OpWrite    = "write"
	OpSync     = "sync"
	OpTruncate = "truncate"
	OpFstat    = "fstat"
	OpFchmod   = "fchmod"
	OpTryLock  = "trylock"
	OpClose    = "close"
)

// Fault says which call fails, and how.
type Fault struct {
	// At is the number of the call that fails, counted from 1; 0 is none.
	At int
	// Err is what the call fails with; nil stands for EIO.
	Err error
	// Short lets a failing write put half of its bytes into the file first, as
	// a full disk does.
	Short bool
	// Crash makes every later call fail too, those that clean up among them, so
	// that the disk is left as a killed process leaves it. Files are still
	// closed and their locks released, as the kernel does for a killed process.
	Crash bool
	// Op limits the counting of At to calls of this name; empty counts all.
	Op string
}

// FS is a file system that fails as told, and counts.
type FS struct {
	inner fsys.FS
	fault Fault

	mu       sync.Mutex
	calls    []string
	counted  int
	injected int
	crashed  bool
}

// New wraps a file system.
func New(inner fsys.FS, fault Fault) *FS {
	if fault.Err == nil {
		fault.Err = syscall.EIO
	}
	return &FS{inner: inner, fault: fault}
}

// Injected returns how many calls were made to fail.
func (f *FS) Injected() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.injected
}

// Calls returns the calls made so far, each as its name and its path.
func (f *FS) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

// Count returns how many calls of this name were made so far.
func (f *FS) Count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, call := range f.calls {
		if len(call) > len(op) && call[:len(op)] == op && call[len(op)] == ' ' {
			n++
		}
	}
	return n
}

// hit notes a call and returns the error that it fails with, if it does;
// first tells the very call that the fault names from those after a crash.
func (f *FS) hit(op, path string) (err error, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, op+" "+path)
	if f.fault.Op == "" || f.fault.Op == op {
		f.counted++
		first = f.counted == f.fault.At
	}
	if !first && !f.crashed {
		return nil, false
	}
	f.injected++
	f.crashed = f.crashed || f.fault.Crash
	return &fs.PathError{Op: op, Path: path, Err: f.fault.Err}, first
}

// OpenFile is one call of [fsys.FS].
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (fsys.File, error) {
	if err, _ := f.hit(OpOpen, name); err != nil {
		return nil, err
	}
	inner, err := f.inner.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &file{fs: f, inner: inner, name: name}, nil
}

// Lstat is one call of [fsys.FS].
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	if err, _ := f.hit(OpLstat, name); err != nil {
		return nil, err
	}
	return f.inner.Lstat(name)
}

// Stat is one call of [fsys.FS].
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	if err, _ := f.hit(OpStat, name); err != nil {
		return nil, err
	}
	return f.inner.Stat(name)
}

// ReadDir is one call of [fsys.FS].
func (f *FS) ReadDir(name string) ([]string, error) {
	if err, _ := f.hit(OpReadDir, name); err != nil {
		return nil, err
	}
	return f.inner.ReadDir(name)
}

// Mkdir is one call of [fsys.FS].
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	if err, _ := f.hit(OpMkdir, name); err != nil {
		return err
	}
	return f.inner.Mkdir(name, perm)
}

// Rename is one call of [fsys.FS].
func (f *FS) Rename(from, to string) error {
	if err, _ := f.hit(OpRename, to); err != nil {
		return err
	}
	return f.inner.Rename(from, to)
}

// Link is one call of [fsys.FS].
func (f *FS) Link(from, to string) error {
	if err, _ := f.hit(OpLink, to); err != nil {
		return err
	}
	return f.inner.Link(from, to)
}

// Remove is one call of [fsys.FS].
func (f *FS) Remove(name string) error {
	if err, _ := f.hit(OpRemove, name); err != nil {
		return err
	}
	return f.inner.Remove(name)
}

// Chmod is one call of [fsys.FS].
func (f *FS) Chmod(name string, mode fs.FileMode) error {
	if err, _ := f.hit(OpChmod, name); err != nil {
		return err
	}
	return f.inner.Chmod(name, mode)
}

// SyncDir is one call of [fsys.FS].
func (f *FS) SyncDir(name string) error {
	if err, _ := f.hit(OpSyncDir, name); err != nil || f.inner == fsys.OS {
		return err
	}
	return f.inner.SyncDir(name)
}
