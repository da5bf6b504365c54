package creator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dtlic/dtlic"
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
	info, err := h.Disk.Stat(dir)
	for _, own := range []string{h.Place(p.Name).Dir, filepath.Join(h.Path, p.Directory), filepath.Dir(h.defaultProduct())} {
		if filepath.Clean(dir) == own {
			return true
		}
		if there, ownErr := h.Disk.Stat(own); err == nil && ownErr == nil && os.SameFile(info, there) {
			return true
		}
	}
	return false
}
