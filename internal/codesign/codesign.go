package codesign

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

var (
	// ErrSigned tells that somebody has signed the program, so that its hashes
	// cannot be changed without signing it again.
	ErrSigned = errors.New("the program is signed already; stamp first, then sign")
	// ErrForm tells that a Mach-O or its signature is damaged, or has a form that
	// this package does not know.
	ErrForm = errors.New("this Mach-O is not understood")
	// ErrBroken tells that what was signed has been changed since, or that the
	// signature contradicts itself. See also [PageError].
	ErrBroken = errors.New("the code signature does not hold")
)

func badForm(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrForm, fmt.Sprintf(format, args...))
}

// PageError is the first page whose hash does not hold. It is an [ErrBroken].
type PageError struct {
	Page   int // from 0
	Offset int // of the page in the file, bytes
	Size   int // bytes
}

func (e *PageError) Error() string {
	return fmt.Sprintf("%v: page %d (bytes %d to %d) was changed after signing", ErrBroken, e.Page, e.Offset, e.Offset+e.Size-1)
}

func (e *PageError) Unwrap() error { return ErrBroken }

// Kind is how a file is signed.
type Kind int

// All kinds of files.
const (
	NotMachO Kind = iota // for another system; this package has nothing to say
	Unsigned             // a Mach-O without a signature
	AdHoc                // hashes alone, by no identity
	Signed               // with a signature by an identity
)

func (k Kind) String() string {
	return [...]string{"not a Mach-O", "not signed", "signed ad hoc", "signed"}[k]
}

// Signature is what a file says of itself. Its texts are as they stand in the
// file: they are escaped before they are shown.
type Signature struct {
	Kind         Kind
	AppleSilicon bool   // made for arm64, where macOS starts nothing that is not signed
	LinkerSigned bool   // by a linker, as it comes from go build
	Identifier   string // "a.out" from Go's linker
	TeamID       string // ten characters from Apple, "" for none
	CDHash       string // as codesign -dvvv shows it: 40 hex digits
	Pages        int    // all of them, once each has the hash that was signed
	// What else is signed, or not covered, and was not checked; for people.
	Unchecked []string
}

// Refresh makes the page hashes of a linker's ad-hoc signature anew, in place,
// and changes nothing else. There is nothing to do for a file that is no Mach-O,
// nor for a Mach-O without a signature. [ErrSigned] refuses what codesign has
// signed, with an identity or ad hoc; [ErrForm] what is not understood. With an
// error the image is as it was, and the kind says nothing.
//
// All pages are hashed, also one that was damaged before: [Verify] tells, before
// the first change.
func Refresh(image []byte) (Kind, error) {
	m, err := readMachO(image)
	if err != nil || m == nil {
		return NotMachO, err
	}
	if !m.signed {
		return Unsigned, nil
	}
	p, err := readParts(image, m)
	if err != nil {
		return NotMachO, err
	}
	if err := p.checkLinkersForm(); err != nil {
		return NotMachO, err
	}
	for n := range p.chosen.pages {
		sum := p.chosen.page(image, n)
		copy(p.chosen.slot(n), sum[:])
	}
	return AdHoc, nil
}

// Verify reads the signature of a file, where it has one, and checks that each
// page, and each part which the signature brings along, has the SHA-256 that was
// signed. It cannot tell who signed: that, and what else it could not check,
// stands in Unchecked. Errors are [ErrBroken], for a page a [*PageError]; what was
// read is returned beside them; and [ErrForm], with which the kind says nothing.
func Verify(image []byte) (Signature, error) {
	m, err := readMachO(image)
	if err != nil || m == nil {
		return Signature{}, err
	}
	s := Signature{Kind: Unsigned, AppleSilicon: m.arm64}
	if !m.signed {
		return s, nil
	}
	p, err := readParts(image, m)
	if err != nil {
		return s, err
	}
	d := p.chosen
	adHoc := d.flags&flagAdHoc != 0
	s.Kind, s.Identifier, s.TeamID, s.LinkerSigned = AdHoc, d.ident, d.team, d.flags&flagLinkerSigned != 0
	if p.byIdentity {
		s.Kind = Signed
		s.Unchecked = append(s.Unchecked, "who signed it, and whether Apple has notarized it")
	}
	switch {
	case adHoc && p.byIdentity:
		return s, fmt.Errorf("%w: it calls itself ad hoc and has a signature by an identity", ErrBroken)
	case !adHoc && !p.byIdentity:
		return s, fmt.Errorf("%w: it is not ad hoc, and the signature by an identity is missing", ErrBroken)
	case d.hashType != hashSHA256:
		return s, badForm("its hashes are of type %d, not SHA-256", d.hashType)
	}
	sum := sha256.Sum256(d.data)
	s.CDHash = hex.EncodeToString(sum[:20])
	for _, other := range p.directories {
		if other != d {
			s.Unchecked = append(s.Unchecked, fmt.Sprintf("another code directory, with hashes of type %d", other.hashType))
		}
	}
	if n := len(image) - m.end; n > 0 {
		s.Unchecked = append(s.Unchecked, fmt.Sprintf("%d bytes after the signature", n))
	}
	elsewhere, err := p.checkSpecial()
	s.Unchecked = append(s.Unchecked, elsewhere...)
	if err != nil {
		return s, err
	}
	for n := range d.pages {
		if sum := d.page(image, n); !bytes.Equal(sum[:], d.slot(n)) {
			return s, &PageError{Page: n, Offset: n * d.pageSize, Size: min(d.pageSize, d.limit-n*d.pageSize)}
		}
	}
	s.Pages = d.pages
	return s, nil
}
