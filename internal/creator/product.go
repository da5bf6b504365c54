package creator

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/store"
)

// MaxProductText bounds what is read of a product file that is to be mended,
// which may be longer than a good one.
const MaxProductText = 1 << 20

// EditFile is the path of a copy of the product file that is being edited; id
// tells one edit from another.
func (p Place) EditFile(id string) string {
	return filepath.Join(p.Dir, "product-edit-"+id+".json")
}

// FormerFile is the path of the product file that the last change replaced.
func (p Place) FormerFile() string { return filepath.Join(p.Dir, "product.json.before") }

// Product reads the product file; the error matches fs.ErrNotExist where there
// is none.
func (p Place) Product() (dtlic.Product, error) {
	data, err := p.productText(dtlic.MaxProductFile)
	if err != nil {
		return dtlic.Product{}, err
	}
	product, err := dtlic.ParseProduct(data)
	if err != nil {
		return dtlic.Product{}, fmt.Errorf("%q: %w", p.ProductFile(), err)
	}
	return product, nil
}

// ProductText reads the product file as it lies there, good or bad; the error
// matches fs.ErrNotExist where there is none.
func (p Place) ProductText() ([]byte, error) { return p.productText(MaxProductText) }

func (p Place) productText(limit int64) ([]byte, error) {
	return store.ReadSmall(p.disk, p.ProductFile(), limit, store.ReadOptions{Follow: true, RegularOnly: true})
}

// CreateProduct makes the product file; the error matches fs.ErrExist where there
// is one already, which stays as it is.
func (p Place) CreateProduct(product *dtlic.Product) error {
	data, err := product.File()
	if err != nil {
		return err
	}
	return store.CreateExclusive(p.disk, p.ProductFile(), data, 0o600)
}

// IsLink tells whether the product file is a symbolic link, which a change would
// replace and leave what it leads to as it was.
func (p Place) IsLink() (bool, error) {
	info, err := p.disk.Lstat(p.ProductFile())
	if err != nil {
		return false, fmt.Errorf("cannot look at %q: %w", p.ProductFile(), fsys.Reason(err))
	}
	return info.Mode()&fs.ModeSymlink != 0, nil
}

// ChangeProduct gives change the text of a product's file, puts what it returns in
// its place, and keeps the former as [Place.FormerFile]: all of it under
// [Home.Lock], so that no change is made of a text that another one has replaced.
// change must not wait for anybody. With nil or an error of change, which is
// returned as it is, nothing is written.
func (h Home) ChangeProduct(ctx context.Context, product string, change func(now []byte) ([]byte, error)) error {
	unlock, err := h.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	p := h.Place(product)
	now, err := p.ProductText()
	if err != nil {
		return err
	}
	text, err := change(now)
	if err != nil || text == nil {
		return err
	}
	if err := store.WriteAtomic(p.disk, p.FormerFile(), now, 0o600); err != nil {
		return err
	}
	return store.WriteAtomic(p.disk, p.ProductFile(), text, 0o600)
}
