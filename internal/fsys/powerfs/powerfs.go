// Package powerfs is a file system for tests that knows what a power loss would
// leave of it: of a file what was there at its last Sync, of a directory the names
// that were there at its last SyncDir. It promises no more than POSIX does, which
// is less than most file systems keep: on ext4 and xfs an fsync of one file brings
// much else to the disk, and hides what a program forgot.
//
// It works in a real directory, so that locks and file numbers are real ones, and
// keeps beside it what is on the disk. What others make there (lock files) it does
// not know, and loses.
package powerfs

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dtlic/dtlic/internal/fsys"
)

// node is a file or a directory, whatever its name is.
type node struct {
	dir bool
	// now is a file's content, and disk what of it is on the disk.
	now, disk []byte
}

// change is one call's change to the names, kept as a whole or not at all: the
// paths that it gives to nodes, nil where it takes one away.
type change struct {
	names map[string]*node
	order []string
}

// FS is such a file system.
type FS struct {
	fsys.FS
	root string

	mu      sync.Mutex
	now     map[string]*node // by path
	disk    map[string]*node
	pending []change // not on the disk yet, oldest first
}

// New makes one of an existing directory. What is in it is on the disk.
func New(root string) (*FS, error) {
	f := &FS{FS: fsys.OS, root: root, now: make(map[string]*node), disk: make(map[string]*node)}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		n := &node{dir: entry.IsDir()}
		if !n.dir {
			if n.now, err = os.ReadFile(path); err != nil {
				return err
			}
			n.disk = slices.Clone(n.now)
		}
		f.now[path], f.disk[path] = n, n
		return nil
	})
	return f, err
}

// Cut returns the files that a power loss now would leave, by their paths below
// the root, with slashes: those that are on the disk for certain, and, with random,
// any part of what may be. The file system can be used on, as if nothing had been.
func (f *FS) Cut(random *rand.Rand) map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := maps.Clone(f.disk)
	for _, c := range f.pending {
		if random != nil && random.IntN(2) == 0 {
			c.apply(names, "")
		}
	}
	left := make(map[string][]byte)
	for _, path := range slices.Sorted(maps.Keys(names)) {
		n := names[path]
		if n.dir || !reachable(names, filepath.Dir(path), f.root) {
			continue
		}
		left[filepath.ToSlash(strings.TrimPrefix(path, f.root)[1:])] = n.survives(random)
	}
	return left
}

// reachable tells whether a directory is there with all above it: a file whose
// directory is lost is lost with it.
func reachable(names map[string]*node, dir, root string) bool {
	for ; dir != root; dir = filepath.Dir(dir) {
		if names[dir] == nil {
			return false
		}
	}
	return true
}

// survives is what is left of a file.
func (n *node) survives(random *rand.Rand) []byte {
	switch {
	case random == nil || random.IntN(3) == 0:
		return n.disk
	case len(n.now) > len(n.disk) && string(n.now[:len(n.disk)]) == string(n.disk):
		return n.now[:len(n.disk)+random.IntN(len(n.now)-len(n.disk)+1)]
	default:
		return n.now
	}
}

// apply makes a change to names in a directory, "" for all of them.
func (c change) apply(names map[string]*node, dir string) {
	for _, path := range c.order {
		if dir != "" && filepath.Dir(path) != dir {
			continue
		}
		if n := c.names[path]; n != nil {
			names[path] = n
		} else {
			delete(names, path)
		}
	}
}

// change notes a change of names; the lock is held.
func (f *FS) change(c change) {
	c.apply(f.now, "")
	f.pending = append(f.pending, c)
}

func naming(path string, n *node) change {
	return change{map[string]*node{path: n}, []string{path}}
}

// OpenFile notes a file that is made.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (fsys.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	inner, err := f.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	n := f.now[name]
	if n == nil {
		n = new(node)
		if flag&os.O_CREATE != 0 {
			f.change(naming(name, n))
		}
	}
	return &file{File: inner, fs: f, node: n, appends: flag&os.O_APPEND != 0}, nil
}

// Mkdir notes the directory.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.FS.Mkdir(name, perm)
	if err == nil {
		f.change(naming(name, &node{dir: true}))
	}
	return err
}

// Rename notes the new name and the loss of the former one, as one change.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.FS.Rename(from, to)
	if n := f.now[from]; err == nil && n != nil {
		f.change(change{map[string]*node{from: nil, to: n}, []string{from, to}})
	}
	return err
}

// Link notes the second name.
func (f *FS) Link(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.FS.Link(from, to)
	if n := f.now[from]; err == nil && n != nil {
		f.change(naming(to, n))
	}
	return err
}

// Remove notes the loss of the name.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.FS.Remove(name)
	if f.now[name] != nil && err == nil {
		f.change(naming(name, nil))
	}
	return err
}

// SyncDir brings the names in a directory to the disk, as they are now.
func (f *FS) SyncDir(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []change
	for _, c := range f.pending {
		c.apply(f.disk, name)
		var order []string
		for _, path := range c.order {
			if filepath.Dir(path) != name {
				order = append(order, path)
			}
		}
		if len(order) > 0 {
			left = append(left, change{c.names, order})
		}
	}
	f.pending = left
	return nil
}

// file is an open file.
type file struct {
	fsys.File
	fs      *FS
	node    *node
	appends bool
	at      int
}

// Write notes the content.
func (f *file) Write(p []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n, err := f.File.Write(p)
	if f.appends {
		f.at = len(f.node.now)
	}
	f.node.now = append(f.node.now[:f.at:f.at], p[:n]...)
	f.at += n
	return n, err
}

// Truncate notes the content.
func (f *file) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	err := f.File.Truncate(size)
	if err == nil {
		f.node.now = slices.Clone(f.node.now[:size])
	}
	return err
}

// Sync brings the content to the disk, and no name.
func (f *file) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.node.disk = slices.Clone(f.node.now)
	return nil
}
