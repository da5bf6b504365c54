package creatorcli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/keys"
)

// foresee counts what would be added to the logs.
func (r *restoration) foresee() error { return r.merge(true) }

// apply does what was planned. Each step is whole or not done at all, and none
// depends on what an interrupted run did: whoever runs it again completes it. The
// product file comes last; until then no command finds the product.
func (r *restoration) apply() error {
	if err := r.place.Make(r.warnText); err != nil {
		return err
	}
	if err := r.merge(false); err != nil {
		return err
	}
	unlock, err := r.home.Lock(r.Context())
	if err != nil {
		return err
	}
	defer unlock()
	last := slices.IndexFunc(r.steps, func(s step) bool { return s.name == "product.json" })
	for i := range r.steps {
		if i != last {
			if err := r.put(&r.steps[i]); err != nil {
				return err
			}
		}
	}
	if last < 0 {
		return nil
	}
	if err := r.makeDefault(); err != nil {
		return err
	}
	return r.put(&r.steps[last])
}

// makeDefault makes the product the one that is meant where none is named, where
// no other is.
func (r *restoration) makeDefault() error {
	if keys.BuildChannel() == keys.Product {
		return nil
	}
	name, err := r.home.Default()
	if err != nil || name != "" {
		return err
	}
	return r.home.SetDefault(r.archive.Product)
}

// put writes one file of the backup into its place, where nothing is.
func (r *restoration) put(s *step) error {
	if s.action == actionMerged {
		return nil
	}
	if s.done || s.action == actionSame {
		store.RemoveLeftovers(r.Disk, s.path) // of a restore that was killed
		return nil
	}
	err := store.CreateFrom(r.Disk, s.path, 0o600, func(w io.Writer) error {
		_, err := io.Copy(w, &readerUntil{r, r.archive.Open(s.name)})
		return err
	})
	if errors.Is(err, fs.ErrExist) {
		// It was not there a moment ago. What a run that was killed has left of the
		// same file is gone by now, or is the file.
		if now, comparing := r.compare(s.name, s.path); comparing == nil && now == equalThere {
			return nil
		}
	}
	return err
}

// readerUntil reads until the program is interrupted.
type readerUntil struct {
	r      *restoration
	reader io.Reader
}

func (u *readerUntil) Read(p []byte) (int, error) {
	if err := u.r.Context().Err(); err != nil {
		return 0, err
	}
	return u.reader.Read(p)
}

// merge adds to the logs what they lack of the backup's.
func (r *restoration) merge(dry bool) error {
	log, err := r.ledger(&r.product)
	if err != nil {
		return err
	}
	for i := range r.steps {
		s := &r.steps[i]
		if s.action != actionMerged {
			continue
		}
		text := r.archive.Open(s.name)
		other := journal.NewView(fmt.Sprintf("%s of %s", s.name, filepath.Base(r.path)), text, text.Size())
		if s.name == backup.LogName {
			s.Absorbed, err = log.Absorb(r.Context(), other, dry)
		} else {
			s.Absorbed, err = log.Revocations().Absorb(r.Context(), other, dry)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, fsys.Reason(err))
		}
	}
	return nil
}
