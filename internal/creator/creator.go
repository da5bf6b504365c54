// Package creator is the creator's directory, ~/.PRODUCT-creator: the product
// file, the signing key, the spare key and the issuance log lie there; and the
// one setting that says which product is meant where none is named.
package creator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/store"
)

// Home is the creator's home directory.
type Home struct {
	Disk fsys.FS
	Path string

	// pause waits between two tries for the lock; nil stands for a timer.
	pause func(ctx context.Context, d time.Duration) error
}

// Place is the directory of one product.
type Place struct {
	disk fsys.FS
	// Dir is its path.
	Dir string
}

// Place returns the directory of a product, which need not be there yet.
func (h Home) Place(product string) Place {
	return Place{h.Disk, filepath.Join(h.Path, "."+product+"-creator")}
}

// ProductFile is the path of product.json.
func (p Place) ProductFile() string { return filepath.Join(p.Dir, "product.json") }

// KeyFile is the path of the signing key.
func (p Place) KeyFile() string { return filepath.Join(p.Dir, "key.env") }

// SpareFile is the path of the spare key, until its owner takes it away.
func (p Place) SpareFile() string { return filepath.Join(p.Dir, "spare.env") }

// Log is the path of the issuance log.
func (p Place) Log() string { return filepath.Join(p.Dir, "issued.jsonl") }

// Names returns the names of all that is in the directory, sorted; the error
// matches fs.ErrNotExist where there is no directory.
func (p Place) Names() ([]string, error) {
	names, err := p.disk.ReadDir(p.Dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the directory %q: %w", p.Dir, fsys.Reason(err))
	}
	slices.Sort(names)
	return names, nil
}

// Make makes the directory where it is missing, for its owner only. One that is
// there must be this user's; warn is told where others could look into it, whose
// mode is then tightened.
func (p Place) Make(warn func(string)) error {
	if _, err := fsys.MkdirAll(p.disk, p.Dir, 0o700); err != nil {
		return err
	}
	return p.tighten(p.Dir, 0o700, "the directory", warn)
}

// tighten makes what stands under a path its owner's alone, and says so.
func (p Place) tighten(path string, mode fs.FileMode, what string, warn func(string)) error {
	info, err := p.disk.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("cannot look at %s %q: %w", what, path, fsys.Reason(err))
	case !fsys.OwnedByMe(info):
		return fmt.Errorf("%s %q belongs to another user", what, path)
	case !fsys.TooOpen(info):
		return nil
	}
	if err := p.disk.Chmod(path, mode); err != nil {
		return fmt.Errorf("%s %q is open to others, and its mode cannot be changed: %w", what, path, fsys.Reason(err))
	}
	warn(fmt.Sprintf("%s %q was open to others; it is yours alone now (mode %o)", what, path, mode))
	return nil
}

// Exists tells whether something stands under a path.
func (p Place) Exists(path string) (bool, error) {
	_, err := p.disk.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// maxKeyFile bounds what is read of a key file.
const maxKeyFile = 64 << 10

// ReadKey reads the text of the signing key's file; the error matches
// fs.ErrNotExist where there is none. warn is told where others could read the
// file, whose mode is then tightened.
func (p Place) ReadKey(warn func(string)) (string, error) { return p.readSecret(p.KeyFile(), warn) }

// ReadSpare reads the spare key's file as [Place.ReadKey] reads the other.
func (p Place) ReadSpare(warn func(string)) (string, error) { return p.readSecret(p.SpareFile(), warn) }

func (p Place) readSecret(path string, warn func(string)) (string, error) {
	data, err := store.ReadSmall(p.disk, path, maxKeyFile, store.ReadOptions{Follow: true, RegularOnly: true})
	if err != nil {
		return "", err
	}
	return string(data), p.tighten(path, 0o600, "the key file", warn)
}

// Products returns the names of the products that have a product file here,
// sorted.
func (h Home) Products() ([]string, error) {
	entries, err := h.Disk.ReadDir(h.Path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the directory %q: %w", h.Path, fsys.Reason(err))
	}
	var names []string
	for _, entry := range entries {
		name, isPlace := strings.CutSuffix(entry, "-creator")
		name, isHidden := strings.CutPrefix(name, ".")
		if !isPlace || !isHidden || !dtlic.IsName(name) {
			continue
		}
		place := h.Place(name)
		if there, err := place.Exists(place.ProductFile()); err != nil || there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// defaultProduct is the setting's file.
func (h Home) defaultProduct() string { return filepath.Join(h.Path, ".dtlic", "default-product") }

// Default returns the product that is meant where none is named, "" where none
// was set.
func (h Home) Default() (string, error) {
	data, err := store.ReadSmall(h.Disk, h.defaultProduct(), 1<<10, store.ReadOptions{Follow: true, RegularOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(data)), err
}

// SetDefault makes a product the one that is meant where none is named.
func (h Home) SetDefault(product string) error {
	return store.WriteAtomic(h.Disk, h.defaultProduct(), []byte(product+"\n"), 0o600)
}
