// Package slot is the place inside the buyer's program that a product file is
// put into after the program was built: 8 KiB of its read-only data. A slot, and
// not a trailer behind the program, because it is covered by a code signature
// that is made afterwards, and because what is appended to a program later is
// never looked at.
//
//	offset  bytes
//	     0     32  opening mark
//	    32     32  SHA-256 of the bytes 64 to 8159; zeros in an empty slot
//	    64      4  length of the product file, big-endian; 0 in an empty slot
//	    68     60  version of the toolkit that filled it, zeros behind
//	   128    864  zeros
//	   992   7168  the product file, zeros behind
//	  8160     32  closing mark
//
// The checksum tells a damaged file; whom to trust it does not tell. The marks
// are no valid UTF-8, so neither can stand in a product file.
package slot

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Size is the length of a slot in bytes.
const Size = 8 << 10

// markSize is the length of both marks.
const markSize = 32

// MaxProduct is the longest product file that a slot holds, and MaxVersion the
// longest version, in bytes.
const (
	MaxProduct = 7 << 10
	MaxVersion = 60
)

const (
	sumAt     = markSize
	lengthAt  = sumAt + sha256.Size
	versionAt = lengthAt + 4
	zerosAt   = versionAt + MaxVersion
	productAt = 992
	closingAt = productAt + MaxProduct
)

// The marks stand in the program that fills slots, and in the slots; whoever
// only reads its own slot knows their SHA-256, or there would be two of them.
const (
	opening = "\xff\x00\xfe dtlic: product slot 1: \xfe\x00\xff\r\n"
	closing = "\xff\x00\xfe dtlic: end of the slot \xfe\x00\xff\r\n"
)

// Both marks have their length, or this does not compile.
var (
	_ = [markSize]struct{}([len(opening)]struct{}{})
	_ = [markSize]struct{}([len(closing)]struct{}{})
)

// marksSum is the SHA-256 of both marks. A program reads a slot without marks as
// little as [Find] finds one: so both always speak of the same slot.
var marksSum = [sha256.Size]byte{
	0x4e, 0x9a, 0x97, 0xec, 0x5d, 0x4f, 0x24, 0x61,
	0x4a, 0xa1, 0x53, 0xed, 0x75, 0x14, 0x63, 0x1c,
	0x70, 0xef, 0xc3, 0xbb, 0x99, 0xbe, 0x43, 0x65,
	0x2a, 0x36, 0xe1, 0x20, 0xd9, 0xe2, 0x16, 0x48,
}

var (
	// ErrEmpty is the error about a slot that nobody has filled yet.
	ErrEmpty = errors.New("its slot is empty")
	// ErrFilled is the error about one that has a product file already.
	ErrFilled = errors.New("its slot is filled already")
	// ErrNone is the error about a file without a slot.
	ErrNone = errors.New("it has no slot")
)

// Content is what a filled slot holds.
type Content struct {
	// Product is the product file as it was put in.
	Product []byte
	// Version is that of the toolkit that did so.
	Version string
}

// Empty returns an empty slot.
func Empty() []byte {
	s := make([]byte, Size)
	copy(s, opening)
	copy(s[closingAt:], closing)
	return s
}

// Find returns where the slot of a program begins, and the slot. A program that
// has none ([ErrNone]), several, or a part of one is refused. It reads in small
// pieces, because memory that is touched first costs more than looking at it.
func Find(program io.ReaderAt) (at int64, s []byte, err error) {
	const overlap = markSize - 1
	piece := make([]byte, 64<<10)
	at = -1
	for base := int64(0); ; base += int64(len(piece) - overlap) {
		n, err := program.ReadAt(piece, base)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, nil, err
		}
		for from := 0; ; {
			i := bytes.Index(piece[from:n], []byte(opening))
			if i < 0 {
				break
			}
			if at >= 0 {
				return 0, nil, errors.New("it has more than one slot")
			}
			at = base + int64(from+i)
			from += i + 1
		}
		if n < len(piece) {
			break
		}
	}
	if at < 0 {
		return 0, nil, ErrNone
	}
	s = make([]byte, Size)
	if n, err := program.ReadAt(s, at); err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, err
	} else if n < Size || string(s[closingAt:]) != closing {
		return 0, nil, errors.New("its slot is not whole")
	}
	return at, s, nil
}

// Fill puts a product file into an empty slot.
func Fill(s []byte, c Content) error {
	_, err := Read(string(s))
	switch {
	case err == nil:
		return ErrFilled
	case !errors.Is(err, ErrEmpty):
		return err
	case len(c.Product) == 0 || len(c.Product) > MaxProduct:
		return fmt.Errorf("the product file must have 1 to %d bytes, not %d", MaxProduct, len(c.Product))
	case len(c.Version) > MaxVersion || strings.ContainsFunc(c.Version, notPlain):
		return fmt.Errorf("the version must have at most %d plain characters", MaxVersion)
	}
	binary.BigEndian.PutUint32(s[lengthAt:], uint32(len(c.Product)))
	copy(s[versionAt:], c.Version)
	copy(s[productAt:], c.Product)
	sum := sha256.Sum256(s[lengthAt:closingAt])
	copy(s[sumAt:], sum[:])
	return nil
}

// Read returns what a slot holds, [ErrEmpty] for nothing.
func Read(s string) (Content, error) {
	damaged := errors.New("its slot is damaged")
	if len(s) != Size {
		return Content{}, damaged
	}
	if sha256.Sum256([]byte(s[:markSize]+s[closingAt:])) != marksSum {
		return Content{}, damaged
	}
	if isZero(s[sumAt:closingAt]) {
		return Content{}, ErrEmpty
	}
	body := []byte(s[lengthAt:closingAt])
	length := binary.BigEndian.Uint32(body)
	if sha256.Sum256(body) != [sha256.Size]byte([]byte(s[sumAt:lengthAt])) || length == 0 || length > MaxProduct {
		return Content{}, damaged
	}
	version := strings.TrimRight(s[versionAt:zerosAt], "\x00")
	product := s[productAt : productAt+int(length)]
	if strings.ContainsFunc(version, notPlain) || !isZero(s[zerosAt:productAt]) || !isZero(s[productAt+len(product):closingAt]) {
		return Content{}, damaged
	}
	return Content{Product: []byte(product), Version: version}, nil
}

func isZero(s string) bool { return strings.Trim(s, "\x00") == "" }

// notPlain tells what a version is never made of.
func notPlain(r rune) bool { return r <= ' ' || r > '~' }
