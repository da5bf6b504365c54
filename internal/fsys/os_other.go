//go:build !unix && !windows

package fsys

import (
	"errors"
	"io/fs"
	"os"
)

const (
	// NoFollow has no effect here.
	NoFollow = 0
	// NonBlock has no effect here.
	NonBlock = 0
)

// plainFile is an os.File of a system without locks.
type plainFile struct{ *os.File }

func openFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return plainFile{f}, nil
}

// TryLock cannot answer here.
func (f plainFile) TryLock() (bool, error) { return false, errors.ErrUnsupported }

func rename(from, to string) error { return os.Rename(from, to) }

func syncDir(string) error { return nil }

// OwnedByMe is always true: files have no owner to compare here.
func OwnedByMe(fs.FileInfo) bool { return true }

// TooOpen is always false: there are no modes to rely on here.
func TooOpen(fs.FileInfo) bool { return false }

// NoLinks tells whether an error of Link means that there are no hard links.
func NoLinks(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
