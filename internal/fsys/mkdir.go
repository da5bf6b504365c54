package fsys

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// MkdirAll makes a directory and all that is missing above it, each durable, and
// the one that is there already too, before the next one is made in it. It returns those that it made, topmost
// first, for [RemoveMade]. After a failure those made are removed again.
func MkdirAll(disk FS, dir string, perm fs.FileMode) ([]string, error) {
	missing, err := missingDirs(disk, dir)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		if err := SyncAbove(disk, filepath.Dir(missing[len(missing)-1])); err != nil {
			return nil, err
		}
	}
	var made []string
	for i := len(missing) - 1; i >= 0; i-- {
		isNew, err := mkdir(disk, missing[i], perm)
		if isNew {
			made = append(made, missing[i])
		}
		if err != nil {
			RemoveMade(disk, made)
			return nil, err
		}
	}
	return made, nil
}

// SyncAbove makes the entry of a directory durable in the one above it: whoever
// made that directory may have been killed before. A directory above that may not
// be read is no place where that happened.
func SyncAbove(disk FS, dir string) error {
	err := disk.SyncDir(filepath.Dir(dir))
	if err == nil || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return fmt.Errorf("cannot make the entry of the directory %q safe against a power loss: %w", dir, Reason(err))
}

// RemoveMade removes directories that [MkdirAll] made, where they are empty:
// one that is not is in use by another process, which is no failure.
func RemoveMade(disk FS, made []string) {
	for i := len(made) - 1; i >= 0; i-- {
		_ = disk.Remove(made[i])
	}
}

// missingDirs lists what is missing of a directory's path, deepest first.
func missingDirs(disk FS, dir string) ([]string, error) {
	var missing []string
	for {
		info, err := disk.Stat(dir)
		if err == nil {
			return missing, mustBeDir(dir, info)
		}
		// ENOTDIR: there is a file further up, which is what to tell.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return nil, fmt.Errorf("cannot look at the directory %q: %w", dir, Reason(err))
		}
		missing = append(missing, dir)
		parent := filepath.Dir(dir)
		if parent == dir {
			return missing, nil
		}
		dir = parent
	}
}

// mkdir makes one directory, durably, and tells whether it was this call that
// made it: another process may be quicker.
func mkdir(disk FS, dir string, perm fs.FileMode) (isNew bool, err error) {
	err = disk.Mkdir(dir, perm)
	if errors.Is(err, fs.ErrExist) {
		info, err := disk.Stat(dir)
		if err != nil {
			return false, fmt.Errorf("cannot look at the directory %q: %w", dir, Reason(err))
		}
		return false, mustBeDir(dir, info)
	}
	if err != nil {
		return false, fmt.Errorf("cannot make the directory %q: %w", dir, Reason(err))
	}
	if err := disk.SyncDir(filepath.Dir(dir)); err != nil {
		return true, fmt.Errorf("cannot make the new directory %q safe against a power loss: %w", dir, Reason(err))
	}
	return true, nil
}

func mustBeDir(dir string, info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("%q is in the way: a directory is needed there, but it is %s", dir, Describe(info.Mode()))
	}
	return nil
}
