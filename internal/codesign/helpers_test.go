package codesign_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/dtlic/dtlic/internal/codesign"
)

// The Mach-Os of these tests are made here, from Apple's headers and with no
// help of the package: two load commands, code, a signature.

const (
	adHoc        = 0x2
	linkerSigned = 0x20002
	hardened     = 0x10000
	headLen      = 32 + 24 + 16
)

// machO makes an image of so many bytes before the signature. sign gets these
// bytes and returns the super blob; nil makes an image without a signature.
func machO(covered int, sign func(code []byte) []byte) []byte {
	le := binary.LittleEndian
	image := make([]byte, covered)
	for i := range image {
		image[i] = byte(i*7 + i>>8)
	}
	put := func(at int, values ...uint32) {
		for n, v := range values {
			le.PutUint32(image[at+4*n:], v)
		}
	}
	put(0, 0xfeedfacf, 0x0100000c, 0, 2, 1, 24, 0, 0) // arm64, MH_EXECUTE
	put(32, 0x1b, 24)                                 // LC_UUID
	if sign == nil {
		return image
	}
	size := (len(sign(image)) + 15) &^ 15
	put(16, 2, 24+16)
	put(56, 0x1d, 16, uint32(covered), uint32(size))
	signature := sign(image)
	return append(image, append(signature, make([]byte, size-len(signature))...)...)
}

// dir describes a code directory.
type dir struct {
	version, flags uint32
	hashType       byte // 2 unless said
	pageBits       byte // 12 unless said
	ident, team    string
	special        [][]byte // what slots -1, -2, … hash; nil leaves one empty
}

func (d dir) sum(b []byte) []byte {
	if d.hashType == 1 {
		sum := sha1.Sum(b)
		return sum[:]
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// over makes the code directory of some code.
func (d dir) over(code []byte) []byte {
	d.hashType, d.pageBits = max(d.hashType, 2-min(d.hashType, 1)), max(d.pageBits, 12)
	size := len(d.sum(nil))
	head := map[uint32]int{0x20001: 44, 0x20100: 48, 0x20200: 52, 0x20300: 64, 0x20400: 88, 0x20500: 96, 0x20600: 108}[d.version]
	out := append(make([]byte, head), d.ident+"\x00"...)
	team := 0
	if d.team != "" {
		team = len(out)
		out = append(out, d.team+"\x00"...)
	}
	for n := len(d.special) - 1; n >= 0; n-- {
		if d.special[n] == nil {
			out = append(out, make([]byte, size)...)
		} else {
			out = append(out, d.sum(d.special[n])...)
		}
	}
	hashes, pages := len(out), 0
	for at := 0; at < len(code); at += 1 << d.pageBits {
		out = append(out, d.sum(code[at:min(at+1<<d.pageBits, len(code))])...)
		pages++
	}
	be := binary.BigEndian
	for n, v := range []uint32{0xfade0c02, uint32(len(out)), d.version, d.flags, uint32(hashes), uint32(head), uint32(len(d.special)), uint32(pages), uint32(len(code))} {
		be.PutUint32(out[4*n:], v)
	}
	out[36], out[37], out[39] = byte(size), d.hashType, d.pageBits
	if team != 0 {
		be.PutUint32(out[48:], uint32(team))
	}
	return out
}

type part struct {
	slot uint32
	data []byte
}

// super makes a super blob.
func super(parts ...part) []byte {
	be := binary.BigEndian
	index := be.AppendUint32(be.AppendUint32(nil, 0xfade0cc0), 0)
	index = be.AppendUint32(index, uint32(len(parts)))
	var data []byte
	for _, p := range parts {
		index = be.AppendUint32(be.AppendUint32(index, p.slot), uint32(12+8*len(parts)+len(data)))
		data = append(data, p.data...)
	}
	out := append(index, data...)
	be.PutUint32(out[4:], uint32(len(out)))
	return out
}

// generic makes a blob of a magic number with text inside.
func generic(magic uint32, text string) []byte {
	be := binary.BigEndian
	return append(be.AppendUint32(be.AppendUint32(nil, magic), uint32(8+len(text))), text...)
}

// linker is how Go's linker signs.
var linker = dir{version: 0x20400, flags: linkerSigned, ident: "a.out"}

func (d dir) sign(code []byte) []byte { return super(part{0, d.over(code)}) }

var (
	requirements = generic(0xfade0c01, "\x00\x00\x00\x00")
	entitlements = generic(0xfade7171, "<plist></plist>")
	plist        = []byte("<plist>, in a file beside the program")
	cms          = generic(0xfade0b01, "a signature")
)

// byApple is how codesign signs with an identity, for old systems too: two code
// directories, and parts whose hashes stand in special slots.
func byApple(code []byte) []byte {
	old := dir{version: 0x20500, flags: hardened, hashType: 1, ident: "com.example.tool", team: "ABCDE12345", special: [][]byte{plist, requirements, nil, nil, entitlements}}
	modern := old
	modern.hashType = 2
	return super(part{0, old.over(code)}, part{2, requirements}, part{5, entitlements}, part{0x1000, modern.over(code)}, part{0x10000, cms})
}

// refresh calls Refresh and sees to what always holds: an image is changed within
// its signature alone, and not at all with an error; what was made holds.
func refresh(t *testing.T, image []byte) (codesign.Kind, error) {
	t.Helper()
	before := bytes.Clone(image)
	kind, err := codesign.Refresh(image)
	if err != nil || kind != codesign.AdHoc {
		if !bytes.Equal(image, before) {
			t.Errorf("%v, %v, and the image was changed", kind, err)
		}
		return kind, err
	}
	start := binary.LittleEndian.Uint32(image[bytes.Index(image, []byte{0x1d, 0, 0, 0, 16, 0, 0, 0})+8:])
	if !bytes.Equal(image[:start], before[:start]) {
		t.Error("the program was changed, not its signature")
	}
	if s, err := codesign.Verify(image); err != nil || s.Kind != codesign.AdHoc {
		t.Errorf("after Refresh: %+v, %v", s, err)
	}
	return kind, err
}
