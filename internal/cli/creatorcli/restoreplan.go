package creatorcli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/keys"
)

// action is what a restore does with one file of a backup.
type action string

const (
	actionRestored action = "restored" // nothing was there
	actionSame     action = "same"
	actionBeside   action = "beside" // another one is there, and stays
	actionMerged   action = "merged" // a log
)

// step is what becomes of one file of a backup.
type step struct {
	name   string
	action action
	path   string // where the backup's content is, then
	// done says that it is there already, as an earlier run laid it beside.
	done bool
	// Of a log: lines that are added, that are there already, and that are too long
	// to be taken over.
	added, known, tooLong int
}

// words tells what was done, or would be.
func (s *step) words(dry bool) string {
	would := ""
	if dry {
		would = "would be "
	}
	switch s.action {
	case actionMerged:
		return fmt.Sprintf("%s: %s %sadded, %d there already", s.name, counted(s.added, "line"), would, s.known)
	case actionSame:
		return s.name + ": the same is there"
	case actionBeside:
		return fmt.Sprintf("%s: another one is there, and stays; the backup's %slaid beside it as %q", s.name, would, filepath.Base(s.path))
	}
	return s.name + ": " + would + "restored"
}

func (s *step) document() cli.Document {
	d := cli.Document{{Name: "name", Value: s.name}, {Name: "action", Value: string(s.action)}, {Name: "path", Value: s.path}}
	if s.action == actionMerged {
		d = append(d, cli.Field{Name: "added", Value: s.added}, cli.Field{Name: "known", Value: s.known}, cli.Field{Name: "too_long", Value: s.tooLong})
	}
	return d
}

// plan finds out what becomes of each file, and refuses what must not be restored
// here. It changes nothing.
func (r *restoration) plan() error {
	if err := r.checkTarget(); err != nil {
		return err
	}
	if err := r.findProduct(); err != nil {
		return err
	}
	log, err := r.ledger(&r.product)
	if err != nil {
		return err
	}
	for _, f := range r.archive.Files {
		s := step{name: f.Name, action: actionMerged}
		switch f.Name {
		case backup.LogName:
			s.path = log.Path()
		case backup.RevocationsName:
			s.path = log.Revocations().Path()
		case "key.env":
			s, err = r.planKey()
		default:
			s, err = r.planFile(f.Name)
		}
		if err != nil {
			return err
		}
		r.steps = append(r.steps, s)
	}
	return nil
}

// checkTarget refuses the backup of another product than the one that is meant.
// Where none is, as on a new machine, it is the backup's.
func (r *restoration) checkTarget() error {
	name, err := r.productName()
	if keys.BuildChannel() == keys.Product {
		name = r.builtInName()
	}
	if err != nil || name == "" || name == r.archive.Product {
		return err
	}
	hint := fmt.Sprintf("dtlic --product %s restore %s", r.archive.Product, here.word(r.path))
	if keys.BuildChannel() == keys.Product {
		hint = ""
	}
	return cli.UsageHint(hint, "the backup %q is of product %q, and %q is meant", r.path, r.archive.Product, name)
}

// findProduct finds the product that the backup is of: as it is set up here, else
// as the backup has it.
func (r *restoration) findProduct() error {
	r.product = dtlic.Product{Name: r.archive.Product, EnvPrefix: envPrefix(r.archive.Product)}
	builtIn, _, err := r.builtIn()
	if err == nil && builtIn.Name == r.archive.Product {
		r.product = builtIn
	}
	if keys.BuildChannel() == keys.Product {
		return nil // which reads no product file
	}
	archived, err := r.archivedProduct()
	if err != nil {
		return err
	}
	present, err := r.place.Product()
	switch {
	case err == nil && present.Name == r.archive.Product:
		r.product = present
		return nil
	case !notThere(err):
		r.Warn("%q cannot be used: what the backup's product file says counts", r.place.ProductFile())
	}
	if archived == nil {
		return nil
	}
	r.product = *archived
	what, why, err := r.clash(archived)
	if err == nil && what != "" {
		err = cli.Fail(cli.CodeBadRecord, what, "in the backup, "+why, "change the other product first: dtlic product edit")
	}
	return err
}

// productJSON is the product file's name.
const productJSON = "product.json"

// archivedProduct is what the backup's product file says, nil where it has none. One
// that no command could use is refused.
func (r *restoration) archivedProduct() (*dtlic.Product, error) {
	text, err := r.small(productJSON, dtlic.MaxProductFile)
	if text == nil || err != nil {
		return nil, err
	}
	p, err := dtlic.ParseProduct(text)
	switch {
	case err != nil:
		return nil, cli.Fail(cli.CodeBadRecord, nothingRestored, fmt.Sprintf("its %s cannot be used: %s", productJSON, err),
			fmt.Sprintf("age -d %s | tar -x brings out what is in it", here.word(r.path)))
	case p.Name != r.archive.Product:
		return nil, openFailure(r.path, fmt.Errorf("%w: its product file is of product %q", backup.ErrForeign, p.Name))
	}
	return &p, nil
}

// small is the content of a small file of the backup, nil where it has none of
// that name.
func (r *restoration) small(name string, limit int64) ([]byte, error) {
	f := r.archive.Open(name)
	switch {
	case f == nil:
		return nil, nil
	case f.Size() > limit:
		return nil, openFailure(r.path, fmt.Errorf("%w: its %s has more than %d bytes", backup.ErrForeign, name, limit))
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, openFailure(r.path, err)
	}
	return text, nil
}

// planKey restores a signing key where there is none, and refuses the whole backup
// where there is another: what one of the two signed would be lost from sight.
func (r *restoration) planKey() (step, error) {
	s, err := r.planFile("key.env")
	if err != nil || s.action != actionBeside {
		return s, err
	}
	text, err := r.small("key.env", maxKeys)
	if err != nil {
		return s, err
	}
	theirs := r.keyIDOf(string(text), nil)
	ours := r.keyIDOf(r.place.ReadKey(r.warnText))
	if theirs == ours && theirs != "" {
		return step{name: s.name, action: actionSame, path: r.place.KeyFile()}, nil
	}
	return s, cli.Fail(cli.CodeBadRecord, "the backup has another signing key, and nothing was changed",
		fmt.Sprintf("it is %s, and %q is %s", keyWords(theirs), r.place.KeyFile(), keyWords(ours)),
		"move that file to a safe place, then restore again; keep both keys as long as an app trusts them")
}

// keyIDOf is the key ID of a key file's text, "" where it cannot be used.
func (r *restoration) keyIDOf(text string, err error) string {
	if err != nil {
		return ""
	}
	private, err := signer.ParseKeyFile(text, r.product.EnvPrefix)
	if err != nil {
		return ""
	}
	public, err := publicOf(private)
	if err != nil {
		return ""
	}
	return public.ID()
}

func keyWords(id string) string {
	if id == "" {
		return "a key that cannot be used"
	}
	return "key " + id
}

// maxBeside bounds how many files of one name and date are laid beside.
const maxBeside = 100

// planFile puts a file where nothing is. One that is there and differs stays, and
// the backup's gets a name of its own, the same one whenever it is restored.
func (r *restoration) planFile(name string) (step, error) {
	path := filepath.Join(r.place.Dir, name)
	found, err := r.compare(name, path)
	switch {
	case err != nil:
		return step{}, err
	case found == nothingThere:
		return step{name: name, action: actionRestored, path: path}, nil
	case found == equalThere:
		return step{name: name, action: actionSame, path: path}, nil
	}
	stem := path + ".from-backup-" + r.archive.MadeAt.UTC().Format("20060102T150405Z")
	beside := stem
	for n := 2; n <= maxBeside; n++ {
		found, err := r.compare(name, beside)
		if err != nil {
			return step{}, err
		}
		if found != otherThere {
			return step{name: name, action: actionBeside, path: beside, done: found == equalThere}, nil
		}
		beside = fmt.Sprintf("%s-%d", stem, n)
	}
	return step{}, fmt.Errorf("there are %d files like %q already", maxBeside-1, beside)
}

// presence is what stands in a file's place.
type presence int

const (
	nothingThere presence = iota
	equalThere
	otherThere
)

// compare compares what stands under a path with a file of the backup.
func (r *restoration) compare(name, path string) (presence, error) {
	wanted := r.archive.Open(name)
	info, err := r.Disk.Lstat(path)
	if notThere(err) || err == nil && isEmptyFile(info) && wanted.Size() > 0 {
		return nothingThere, nil
	}
	if err == nil {
		info, err = r.Disk.Stat(path)
	}
	if notThere(err) || err == nil && (!info.Mode().IsRegular() || info.Size() != wanted.Size()) {
		return otherThere, nil
	}
	if err != nil {
		return otherThere, fmt.Errorf("cannot look at %q: %w", path, fsys.Reason(err))
	}
	file, err := r.Disk.OpenFile(path, os.O_RDONLY|fsys.NonBlock, 0)
	if err != nil {
		return otherThere, fmt.Errorf("cannot open %q: %w", path, fsys.Reason(err))
	}
	defer func() { _ = file.Close() }() // it was only read
	return sameContent(wanted, io.NewSectionReader(file, 0, info.Size()))
}

// isEmptyFile tells a file that counts for nothing: a restore that is killed on a disk
// without hard links may leave one, and there is nothing in it to lose.
func isEmptyFile(info fs.FileInfo) bool { return info.Mode().IsRegular() && info.Size() == 0 }

// sameContent compares two texts of one size.
func sameContent(a, b io.Reader) (presence, error) {
	const portion = 64 << 10
	one, other := make([]byte, portion), make([]byte, portion)
	for {
		n, err := io.ReadFull(a, one)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return otherThere, err
		}
		m, otherErr := io.ReadFull(b, other)
		if otherErr != nil && !errors.Is(otherErr, io.EOF) && !errors.Is(otherErr, io.ErrUnexpectedEOF) {
			return otherThere, otherErr
		}
		switch {
		case !bytes.Equal(one[:n], other[:m]):
			return otherThere, nil
		case err != nil:
			return equalThere, nil
		}
	}
}
