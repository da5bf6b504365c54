package codesign

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// parts are a signature taken apart.
type parts struct {
	blobs       []blob
	directories []*directory // one at least
	chosen      *directory   // that of SHA-256, else the first
	byIdentity  bool         // there is a CMS signature, and it is not empty
}

func readParts(image []byte, m *macho) (*parts, error) {
	blobs, err := readBlobs(image[m.start:m.end])
	if err != nil {
		return nil, err
	}
	p := &parts{blobs: blobs, byIdentity: len(find(blobs, slotCMS)) > 8}
	if find(blobs, slotDirectory) == nil {
		return nil, badForm("its signature has no code directory")
	}
	for _, b := range blobs {
		if b.slot != slotDirectory && (b.slot < slotAlternates || b.slot >= slotAlternates+5) {
			continue
		}
		d, err := readDirectory(b.data, m.start)
		if err != nil {
			return nil, err
		}
		for _, other := range p.directories {
			if other.hashType == d.hashType { // xnu refuses it, too
				return nil, badForm("two code directories have hashes of type %d", d.hashType)
			}
		}
		p.directories = append(p.directories, d)
		if p.chosen == nil || d.hashType == hashSHA256 {
			p.chosen = d
		}
	}
	return p, nil
}

// checkLinkersForm refuses all signatures but those that nothing is signed over,
// and in which nothing overlaps the hashes.
func (p *parts) checkLinkersForm() error {
	d := p.chosen
	switch {
	case d.team != "":
		return fmt.Errorf("%w (it is signed by the team %q)", ErrSigned, d.team)
	case p.byIdentity:
		return fmt.Errorf("%w (it is signed with an identity)", ErrSigned)
	case d.flags&flagAdHoc == 0:
		return fmt.Errorf("%w (its signature is not ad hoc)", ErrSigned)
	case len(p.directories) > 1:
		return fmt.Errorf("%w (it has %d code directories; a linker writes one)", ErrSigned, len(p.directories))
	}
	for n := 1; n <= d.special; n++ {
		if !zero(d.slot(-n)) {
			return fmt.Errorf("%w (its %s were signed with it)", ErrSigned, specialName(n))
		}
	}
	switch {
	case len(p.blobs) > 1:
		return fmt.Errorf("%w (its signature has %d parts; a linker writes one)", ErrSigned, len(p.blobs))
	case d.hashType != hashSHA256:
		return badForm("its hashes are of type %d, not SHA-256", d.hashType)
	case d.version > 0x20400:
		return badForm("its code directory has version %#x, newer than linkers write", d.version)
	case d.identEnd > d.hashes-d.special*d.hashSize:
		return badForm("its identifier reaches into the hashes")
	}
	return nil
}

// checkSpecial compares the parts which the signature brings along with their
// hashes, and returns the names of those that lie elsewhere.
func (p *parts) checkSpecial() (elsewhere []string, err error) {
	for n := 1; n <= maxSpecial; n++ {
		var stored []byte
		if n <= p.chosen.special {
			stored = p.chosen.slot(-n)
		}
		part := find(p.blobs, uint32(n))
		if part == nil {
			if !zero(stored) {
				elsewhere = append(elsewhere, "its "+specialName(n))
			}
			continue
		}
		if sum := sha256.Sum256(part); !bytes.Equal(sum[:], stored) {
			return elsewhere, fmt.Errorf("%w: its %s were changed after signing", ErrBroken, specialName(n))
		}
	}
	return elsewhere, nil
}

// specialName names a special slot, in the plural.
func specialName(n int) string {
	names := [...]string{1: "Info.plist entries", 2: "requirements", 3: "resources", 5: "entitlements", 7: "DER entitlements"}
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprintf("contents of slot %d", n)
}

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
