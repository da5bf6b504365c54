//go:build aix || solaris

package fsys

import "errors"

// TryLock cannot answer here: package syscall has no flock on these systems.
func (f unixFile) TryLock() (bool, error) { return false, errors.ErrUnsupported }
