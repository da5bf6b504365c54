package creator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/store"
)

// MailFile is the path of the creator's own text for mails, where there is one.
func (p Place) MailFile() string { return filepath.Join(p.Dir, "mail.txt") }

// FormerMailFile is the path of the text that the last change replaced.
func (p Place) FormerMailFile() string { return filepath.Join(p.Dir, "mail.txt.before") }

// MailText reads the text for mails as it lies there, of at most limit bytes; the
// error matches fs.ErrNotExist where there is none.
func (p Place) MailText(limit int64) ([]byte, error) {
	return store.ReadSmall(p.disk, p.MailFile(), limit, store.ReadOptions{Follow: true, RegularOnly: true})
}

// ChangeMail puts a text in the place of the product's text for mails, or removes
// that where text is nil, and keeps the former as [Place.FormerMailFile]: all of it
// under [Home.Lock]. It tells whether there was anything to change. The directory
// must be there.
func (h Home) ChangeMail(ctx context.Context, product string, text []byte) (changed bool, err error) {
	unlock, err := h.Lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	p := h.Place(product)
	info, err := p.disk.Lstat(p.MailFile())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if text == nil {
			return false, nil
		}
		return true, store.WriteAtomic(p.disk, p.MailFile(), text, 0o600)
	case err != nil:
		return false, fmt.Errorf("cannot look at %q: %w", p.MailFile(), fsys.Reason(err))
	case info.Mode()&fs.ModeSymlink != 0:
		return false, fmt.Errorf("%q is a symbolic link, which would be replaced: change the file that it leads to", p.MailFile())
	}
	former, err := p.MailText(maxFormerMail)
	if err != nil {
		return false, err
	}
	if text != nil && bytes.Equal(former, text) {
		return false, nil
	}
	if err := store.WriteAtomic(p.disk, p.FormerMailFile(), former, 0o600); err != nil {
		return false, err
	}
	if text == nil {
		return true, store.Remove(p.disk, p.MailFile())
	}
	return true, store.WriteAtomic(p.disk, p.MailFile(), text, 0o600)
}

// maxFormerMail bounds what is kept of a text that is replaced, which may be longer
// than a good one.
const maxFormerMail = 1 << 20
