// Package stamp makes a seller's own program of a template: it puts the product
// file into the slot of an unstamped dtlic-buyer and renews the hashes of its
// ad-hoc signature, where the platform wants one. It compiles nothing, and the
// same product and template give the same bytes.
//
// Templates come with the toolkit: a folder with one program a platform, and
// the list of them ([ListFile]). A template that is not, byte for byte, the one
// in the list is refused, and so is a list of another release.
package stamp

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dtlic/dtlic/internal/codesign"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/slot"
	"github.com/dtlic/dtlic/internal/store"
)

// What is read at most, in bytes. A template has about 6 MB; a list six lines.
const (
	maxProgram = 64 << 20
	maxList    = 64 << 10
)

var (
	// ErrUnfit is matched by errors about a file's content: it is not what it
	// has to be.
	ErrUnfit = errors.New("unfit")
	// ErrPlatform is matched by the error about a platform without a template.
	ErrPlatform = errors.New("no such platform")
)

// unfitError has words of its own and is of class [ErrUnfit].
type unfitError struct{ error }

func (unfitError) Is(target error) bool { return target == ErrUnfit }
func (e unfitError) Unwrap() error      { return e.error }

func unfit(format string, args ...any) error { return unfitError{fmt.Errorf(format, args...)} }

// Release is what a toolkit expects of its templates.
type Release struct {
	// Version is the release; "" takes templates of any.
	Version string
	// ListSum is the SHA-256 of the list, 64 hex digits; "" where it is not known.
	ListSum string
}

// Folder is a folder of templates.
type Folder struct {
	disk fsys.FS
	dir  string
	list List
}

// Open reads the list of a folder of templates, which must be of this release.
// The error matches fs.ErrNotExist where there is no list, and [ErrUnfit] where
// it is another one.
func Open(disk fsys.FS, dir string, want Release) (*Folder, error) {
	path := filepath.Join(dir, ListFile)
	data, err := store.ReadSmall(disk, path, maxList, store.ReadOptions{Follow: true, RegularOnly: true})
	if err != nil {
		return nil, err
	}
	list, err := parseList(data)
	sum := sha256.Sum256(data)
	switch {
	case err != nil:
		return nil, unfit("%q is no list of templates: %w", path, err)
	case want.Version != "" && list.Version != want.Version:
		return nil, unfit("%q is of version %q, and this is %q", path, list.Version, want.Version)
	case want.ListSum != "" && want.ListSum != hex.EncodeToString(sum[:]):
		return nil, unfit("%q is not the one of this release: its SHA-256 begins with %x, not with %.8s", path, sum[:4], want.ListSum)
	}
	return &Folder{disk, dir, list}, nil
}

// Platforms returns the platforms that have a template, in the list's order.
func (f *Folder) Platforms() []string {
	platforms := make([]string, len(f.list.Templates))
	for i, t := range f.list.Templates {
		platforms[i] = t.Platform
	}
	return platforms
}

// Stamp returns the program for a platform, with the product file in it. The
// error matches [ErrPlatform] or [ErrUnfit] where that is the reason; else the
// template cannot be read.
func (f *Folder) Stamp(platform string, product []byte) ([]byte, error) {
	i := slices.IndexFunc(f.list.Templates, func(t Template) bool { return t.Platform == platform })
	if i < 0 {
		return nil, fmt.Errorf("there is no template for %q: %w", platform, ErrPlatform)
	}
	t := f.list.Templates[i]
	path := filepath.Join(f.dir, t.File)
	image, err := store.ReadSmall(f.disk, path, maxProgram, store.ReadOptions{Follow: true, RegularOnly: true})
	if errors.Is(err, store.ErrTooLarge) {
		return nil, unfitError{err}
	}
	if err != nil {
		return nil, err
	}
	if int64(len(image)) != t.Size {
		return nil, unfit("the template %q has %d bytes, not %d", path, len(image), t.Size)
	}
	if sum := sha256.Sum256(image); hex.EncodeToString(sum[:]) != t.SHA256 {
		return nil, unfit("the template %q was changed: its SHA-256 begins with %x, not with %.8s", path, sum[:4], t.SHA256)
	}
	if is := platformOf(bytes.NewReader(image)); is != platform {
		return nil, unfit("the template %q is a program for %q, not for %q", path, is, platform)
	}
	if err := fill(image, slot.Content{Product: product, Version: f.list.Version}); err != nil {
		return nil, unfit("the template %q cannot be stamped: %w", path, err)
	}
	return image, nil
}

// fill puts the content into the slot of a program, in place.
func fill(image []byte, c slot.Content) error {
	at, _, err := slot.Find(bytes.NewReader(image))
	if err != nil {
		return err
	}
	if err := slot.Fill(image[at:at+slot.Size], c); err != nil {
		return err
	}
	_, err = codesign.Refresh(image)
	return err
}

// Program is what a stamped program tells of itself.
type Program struct {
	slot.Content
	// Platform is what it runs on, like "linux/amd64"; "" where it does not say.
	Platform string
	// Signature is its Mach-O code signature.
	Signature codesign.Signature
}

// Read reads a stamped program back. The error matches [ErrUnfit] where it is
// none, and also [slot.ErrEmpty] where it is a template; where its code signature
// does not hold, the program is returned beside the error.
func Read(disk fsys.FS, path string) (Program, error) {
	image, err := store.ReadSmall(disk, path, maxProgram, store.ReadOptions{Follow: true, RegularOnly: true})
	if errors.Is(err, store.ErrTooLarge) {
		return Program{}, unfitError{err}
	}
	if err != nil {
		return Program{}, err
	}
	_, s, err := slot.Find(bytes.NewReader(image))
	if err != nil {
		return Program{}, unfit("%q is no program that dtlic buyer build made: %w", path, err)
	}
	content, err := slot.Read(string(s))
	if err != nil {
		return Program{}, unfit("%q: %w", path, err)
	}
	signature, err := codesign.Verify(image)
	if err != nil {
		err = unfit("%q: %w", path, err)
	}
	return Program{content, platformOf(bytes.NewReader(image)), signature}, err
}

// Peek is [Read] for whoever wants to know just what a file is: it reads no more
// than that takes, and leaves the signature out.
func Peek(disk fsys.FS, path string) (Program, error) {
	f, err := disk.OpenFile(path, os.O_RDONLY|fsys.NoFollow|fsys.NonBlock, 0)
	if err != nil {
		return Program{}, fsys.Reason(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > maxProgram {
		return Program{}, unfit("%q is no program", path)
	}
	_, s, err := slot.Find(f)
	if err != nil {
		return Program{}, unfit("%q: %w", path, err)
	}
	content, err := slot.Read(string(s))
	if err != nil {
		return Program{}, unfit("%q: %w", path, err)
	}
	return Program{Content: content, Platform: platformOf(f)}, nil
}

// platformOf reads from a Go program what it was built for.
func platformOf(program io.ReaderAt) string {
	info, err := buildinfo.Read(program)
	if err != nil {
		return ""
	}
	var system, machine string
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS":
			system = s.Value
		case "GOARCH":
			machine = s.Value
		}
	}
	return strings.Trim(system+"/"+machine, "/")
}
