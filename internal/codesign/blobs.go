package codesign

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Names of xnu's cs_blobs.h.
const (
	magicEmbedded  = 0xfade0cc0 // CSMAGIC_EMBEDDED_SIGNATURE
	magicDirectory = 0xfade0c02 // CSMAGIC_CODEDIRECTORY

	slotDirectory  = 0       // CSSLOT_CODEDIRECTORY
	slotAlternates = 0x1000  // CSSLOT_ALTERNATE_CODEDIRECTORIES, the first of five
	slotCMS        = 0x10000 // CSSLOT_SIGNATURESLOT: a signature by an identity

	flagAdHoc        = 0x2     // CS_ADHOC
	flagLinkerSigned = 0x20000 // CS_LINKER_SIGNED

	hashSHA256 = 2 // CS_HASHTYPE_SHA256

	// More than any signer writes; they bound what hostile files can ask for.
	maxBlobs   = 32
	maxSpecial = 32
)

// blob is an entry of a super blob, with its header of magic and length.
type blob struct {
	slot uint32
	data []byte
}

// readBlobs takes a super blob apart. Each blob lies behind the index and has at
// least 8 bytes, and no slot stands twice.
func readBlobs(signature []byte) (blobs []blob, err error) {
	be := binary.BigEndian
	if len(signature) < 12 || be.Uint32(signature) != magicEmbedded {
		return nil, badForm("where its signature should be is none")
	}
	length, count := be.Uint32(signature[4:]), be.Uint32(signature[8:])
	if count > maxBlobs || uint64(length) > uint64(len(signature)) || length < 12+8*count {
		return nil, badForm("its signature cannot have %d parts in %d bytes", count, length)
	}
	signature = signature[:length]
	for n := range count {
		slot, offset := be.Uint32(signature[12+8*n:]), be.Uint32(signature[16+8*n:])
		if offset < 12+8*count || uint64(offset)+8 > uint64(length) {
			return nil, badForm("part %d of its signature would lie at %d of %d bytes", n+1, offset, length)
		}
		data := signature[offset:]
		size := be.Uint32(data[4:])
		if size < 8 || uint64(size) > uint64(len(data)) {
			return nil, badForm("part %d of its signature cannot have %d bytes", n+1, size)
		}
		if find(blobs, slot) != nil {
			return nil, badForm("its signature has slot %#x twice", slot)
		}
		blobs = append(blobs, blob{slot, data[:size]})
	}
	return blobs, nil
}

// find returns the blob of a slot, or nil.
func find(blobs []blob, slot uint32) []byte {
	for _, b := range blobs {
		if b.slot == slot {
			return b.data
		}
	}
	return nil
}

// directory is a code directory: the hashes of the pages, and of what else is
// signed.
type directory struct {
	data     []byte
	version  uint32
	flags    uint32
	hashType byte
	hashSize int
	hashes   int // where in data the pages' hashes begin; the special ones stand before
	special  int // how many special ones
	pages    int
	pageSize int // bytes
	limit    int // bytes of the file that are hashed, from its start
	ident    string
	identEnd int // where in data the identifier ends, its zero byte included
	team     string
}

// headerSize returns the size of the fixed part of a code directory of a version,
// 0 for a version that is not known.
func headerSize(version uint32) uint32 {
	if version > 0x2ffff {
		return 0
	}
	for _, h := range [...]struct{ since, size uint32 }{
		{0x20600, 108}, {0x20500, 96}, {0x20400, 88}, {0x20300, 64}, {0x20200, 52}, {0x20100, 48}, {0x20001, 44},
	} {
		if version >= h.since {
			return h.size
		}
	}
	return 0
}

// readDirectory reads a code directory which covers exactly so many bytes of a
// file: all before the signature. That is what codesign --strict demands, too.
func readDirectory(data []byte, covered int) (*directory, error) {
	be := binary.BigEndian
	if len(data) < 44 || be.Uint32(data) != magicDirectory {
		return nil, badForm("its code directory is none")
	}
	d := &directory{
		data: data, version: be.Uint32(data[8:]), flags: be.Uint32(data[12:]), limit: covered,
		hashSize: int(data[36]), hashType: data[37], pageSize: 1 << (data[39] & 0x0f),
	}
	head := headerSize(d.version)
	if head == 0 || uint64(head) > uint64(len(data)) {
		return nil, badForm("a code directory of version %#x and %d bytes is not known", d.version, len(data))
	}
	var fixed [108]byte // what an older version does not have is zero
	copy(fixed[:], data[:head])
	limit := be.Uint64(fixed[56:])
	if limit == 0 {
		limit = uint64(be.Uint32(fixed[32:]))
	}
	hashes, special, pages, size := uint64(be.Uint32(fixed[16:])), uint64(be.Uint32(fixed[24:])), uint64(be.Uint32(fixed[28:])), uint64(d.hashSize)
	switch {
	case fixed[39] != 12 && fixed[39] != 14: // as in xnu
		return nil, badForm("its page size is 2^%d bytes, not 4 or 16 KiB", fixed[39])
	case be.Uint32(fixed[44:]) != 0:
		return nil, badForm("its code directory is scattered")
	case d.hashType == hashSHA256 && size != sha256.Size, size == 0:
		return nil, badForm("hashes of type %d cannot have %d bytes", d.hashType, size)
	case limit != uint64(covered):
		return nil, badForm("%d bytes are hashed, %d lie before the signature", limit, covered)
	case pages != uint64((covered+d.pageSize-1)/d.pageSize):
		return nil, badForm("there are hashes of %d pages for %d bytes", pages, covered)
	case special > maxSpecial || hashes < uint64(head)+special*size || hashes+pages*size > uint64(len(data)):
		return nil, badForm("%d+%d hashes at %d do not fit into its code directory", pages, special, hashes)
	}
	d.hashes, d.special, d.pages = int(hashes), int(special), int(pages)
	ident, team, ok := be.Uint32(fixed[20:]), be.Uint32(fixed[48:]), false
	if d.ident, ok = text(data, ident, head); !ok {
		return nil, badForm("its identifier would stand at %d of %d bytes", ident, len(data))
	}
	d.identEnd = int(ident) + len(d.ident) + 1
	if d.team, ok = text(data, team, head); !ok && team != 0 {
		return nil, badForm("its team ID would stand at %d of %d bytes", team, len(data))
	}
	return d, nil
}

// text returns the string at an offset behind the head that ends with a zero byte.
func text(data []byte, offset, head uint32) (string, bool) {
	if offset < head || uint64(offset) >= uint64(len(data)) {
		return "", false
	}
	s, _, ok := bytes.Cut(data[offset:], []byte{0})
	return string(s), ok
}

// slot returns the stored hash of a page, from 0 up, or a special one, from -1
// down. Writing to it writes to the image.
func (d *directory) slot(n int) []byte {
	at := d.hashes + n*d.hashSize
	return d.data[at : at+d.hashSize]
}

// page returns the hash that a page ought to have.
func (d *directory) page(image []byte, n int) [sha256.Size]byte {
	return sha256.Sum256(image[n*d.pageSize : min((n+1)*d.pageSize, d.limit)])
}
