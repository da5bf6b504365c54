package journal

import (
	"io/fs"
	"os"
)

// Version is what a journal was at one moment, to tell later whether anybody has
// written to it since. The zero Version is that of a missing journal.
type Version struct{ info fs.FileInfo }

// Version returns the version of the journal that the view shows.
func (v View) Version() Version { return Version{v.info} }

// Same tells whether nothing was written between two versions: the same file, of
// the same size, last changed at the same time.
func (v Version) Same(w Version) bool {
	if v.info == nil || w.info == nil {
		return v.info == nil && w.info == nil
	}
	return os.SameFile(v.info, w.info) && v.info.Size() == w.info.Size() && v.info.ModTime().Equal(w.info.ModTime())
}
