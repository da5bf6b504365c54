package journal

import (
	"fmt"

	"github.com/dtlic/dtlic/internal/fsys"
)

// checkOwnDir keeps other users out of a directory that is the journal's own.
func (j *Journal) checkOwnDir() error {
	if !j.OwnDir {
		return nil
	}
	dir := j.dir()
	info, err := j.FS.Stat(dir)
	if err != nil {
		return fmt.Errorf("cannot look at the directory %q: %w", dir, fsys.Reason(err))
	}
	if !fsys.OwnedByMe(info) {
		return refused(dir, "the directory belongs to another user")
	}
	if !fsys.TooOpen(info) {
		return nil
	}
	if err := j.FS.Chmod(dir, dirPerm); err != nil {
		return fmt.Errorf("cannot keep other users out of the directory %q: %w", dir, fsys.Reason(err))
	}
	j.warn("the directory %q was open to other users (mode %04o); its mode is now %04o", dir, info.Mode().Perm(), dirPerm)
	return nil
}
