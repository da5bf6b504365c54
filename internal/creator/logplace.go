package creator

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
)

// CheckLog tells why no issuance log is kept under a path that a person chose. A log
// is appended to, so it must not be taken for what else lies there: in the
// directories of creator and buyer it has a name that ends in .jsonl.
func (h Home) CheckLog(p *dtlic.Product, path string) error {
	name := strings.ToLower(filepath.Base(path)) // one file on Windows and macOS
	if strings.HasSuffix(name, ".jsonl") || !h.isOurs(p, filepath.Dir(path)) {
		return nil
	}
	return fmt.Errorf("no issuance log is kept as %q: in that directory a log has a name that ends in .jsonl", path)
}

// isOurs tells a directory of the creator's, of any product, from one of a person's
// choice; the buyer's of the product, and that of the settings, are ours too.
func (h Home) isOurs(p *dtlic.Product, dir string) bool {
	if base := filepath.Base(dir); strings.HasPrefix(base, ".") && strings.HasSuffix(base, "-creator") {
		return true
	}
	if h.Path == "" {
		return false
	}
	return slices.ContainsFunc([]string{h.Place(p.Name).Dir, filepath.Join(h.Path, p.Directory), filepath.Dir(h.defaultProduct())},
		func(own string) bool { return sameDir(h.Disk, own, dir) })
}

// Holds tells whether a file lies in the directory, however its path spells that.
func (p Place) Holds(path string) bool { return sameDir(p.disk, p.Dir, filepath.Dir(path)) }

// sameDir tells whether two paths lead to one directory, which need not be there yet.
func sameDir(disk fsys.FS, a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	one, err := disk.Stat(a)
	other, otherErr := disk.Stat(b)
	return err == nil && otherErr == nil && os.SameFile(one, other)
}
