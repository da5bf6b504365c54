package creatorcli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/keys"
)

// foresee counts what would be added to the logs.
func (r *restoration) foresee() error { return r.mergeArchived(true) }

// apply does what was planned. The logs come first: whatever stands in them that
// cannot be kept is refused before the first of them is replaced. Each step is whole
// or not done at all, and none depends on what an interrupted run did: whoever runs it
// again completes it. The product file comes last; until then no command finds the
// product.
func (r *restoration) apply() error {
	if err := r.place.Make(r.warnText); err != nil {
		return err
	}
	if err := r.mergeArchived(false); err != nil {
		return err
	}
	last := slices.IndexFunc(r.steps, func(s step) bool { return s.name == productJSON })
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
	if info, err := r.Disk.Lstat(s.path); err == nil && isEmptyFile(info) {
		if err := store.Remove(r.Disk, s.path); err != nil {
			return err
		}
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

// mergeArchived adds to the logs what they lack of the backup's.
func (r *restoration) mergeArchived(dry bool) error {
	log, err := r.ledger(&r.product)
	if err != nil {
		return err
	}
	what, revoked := ledger.Merging{Copies: true, DryRun: dry}, ledger.MergingActs{Copies: true, DryRun: dry}
	if text, path := r.archivedLog(backup.LogName); text != nil {
		other, err := ledger.Copied(path, text, text.Size())
		if err != nil {
			return err
		}
		what.Others = append(what.Others, other)
	}
	if text, path := r.archivedLog(backup.RevocationsName); text != nil {
		revoked.Others = append(revoked.Others, ledger.CopiedRevocations(path, text, text.Size()).View)
	}
	if len(what.Others)+len(revoked.Others) == 0 {
		return nil
	}
	var acts ledger.MergedActs
	if r.merged, acts, err = r.mergeLogs(log, what, revoked); err != nil {
		return err
	}
	for i := range r.steps {
		switch s := &r.steps[i]; s.name {
		case backup.LogName:
			s.added, s.known, s.tooLong = r.merged.Added, r.merged.Duplicates, r.merged.Others[0].TooLong
		case backup.RevocationsName:
			s.added, s.known, s.tooLong = acts.Added, acts.Duplicates, acts.TooLong
		}
	}
	return nil
}

// archivedLog is a log's text in the backup, nil where it has none, and how errors
// name it.
func (r *restoration) archivedLog(name string) (text *io.SectionReader, path string) {
	return r.archive.Open(name), fmt.Sprintf("%s of %s", name, filepath.Base(r.path))
}
