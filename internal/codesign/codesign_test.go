package codesign_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/codesign"
)

// Each change before the signature is found and its page named, and Refresh makes
// the signature hold again.
func TestEachByteOfEachPage(t *testing.T) {
	for _, bits := range []byte{12, 14} {
		d := linker
		d.pageBits = bits
		size := 1 << bits
		sound := machO(2*size+100, d.sign)
		if s, err := codesign.Verify(sound); err != nil || s.Pages != 3 || !s.LinkerSigned || !s.AppleSilicon {
			t.Fatalf("%+v, %v", s, err)
		}
		image, step := bytes.Clone(sound), 1+int(bits-12)*3
		for at := headLen; at < 2*size+100; at += step {
			image[at] ^= 0x10
			_, err := codesign.Verify(image)
			var page *codesign.PageError
			if !errors.As(err, &page) || !errors.Is(err, codesign.ErrBroken) || page.Page != at/size || page.Offset != at/size*size {
				t.Fatalf("byte %d changed: %v", at, err)
			}
			image[at] ^= 0x10
		}
		for _, at := range []int{headLen, size - 1, size, 2*size + 99} {
			image[at] ^= 0x10
		}
		if _, err := refresh(t, image); err != nil {
			t.Error(err)
		}
		for _, at := range []int{headLen, size - 1, size, 2*size + 99} {
			image[at] ^= 0x10
		}
		if _, err := refresh(t, image); err != nil || !bytes.Equal(image, sound) {
			t.Errorf("changed back, it is not what it was: %v", err)
		}
	}
}

// No change of the head keeps a signature that holds: it counts as code too.
func TestEachBitOfTheHead(t *testing.T) {
	image := machO(5000, linker.sign)
	for bit := range headLen * 8 {
		image[bit/8] ^= 1 << (bit % 8)
		if s, err := codesign.Verify(image); err == nil && s.Kind == codesign.AdHoc {
			t.Errorf("bit %d of byte %d may change: %+v", bit%8, bit/8, s)
		}
		image[bit/8] ^= 1 << (bit % 8)
	}
}

// Behind the code limit the hashes count, and what fills up the signature to its
// size does not.
func TestBehindTheCodeLimit(t *testing.T) {
	sound := machO(5000, linker.sign)
	end := 5000 + len(linker.sign(sound[:5000]))
	if end == len(sound) {
		t.Fatal("nothing fills up")
	}
	for at := end - 64; at < len(sound); at++ {
		image := bytes.Clone(sound)
		image[at] ^= 1
		_, err := codesign.Verify(image)
		var page *codesign.PageError
		if errors.As(err, &page) != (at < end) || at >= end && err != nil {
			t.Errorf("byte %d of %d changed: %v", at, end, err)
		}
	}
	s, err := codesign.Verify(append(bytes.Clone(sound), "more"...))
	if err != nil || len(s.Unchecked) != 1 || s.Unchecked[0] != "4 bytes after the signature" {
		t.Errorf("with an appendix: %+v, %v", s, err)
	}
}

func TestNothingToDo(t *testing.T) {
	thirtyTwo := make([]byte, 28)
	binary.LittleEndian.PutUint32(thirtyTwo, 0xfeedface)
	for _, c := range []struct {
		name  string
		image []byte
		want  codesign.Signature
	}{
		{"nothing", nil, codesign.Signature{}},
		{"three bytes", []byte{0xcf, 0xfa, 0xed}, codesign.Signature{}},
		{"ELF", []byte("\x7fELF\x02\x01\x01"), codesign.Signature{}},
		{"PE", []byte("MZ\x90\x00"), codesign.Signature{}},
		{"a script", []byte("#!/bin/sh\n"), codesign.Signature{}},
		{"arm64 without a signature", machO(5000, nil), codesign.Signature{Kind: codesign.Unsigned, AppleSilicon: true}},
		{"32 bits", thirtyTwo, codesign.Signature{Kind: codesign.Unsigned}},
	} {
		if kind, err := refresh(t, c.image); err != nil || kind != c.want.Kind {
			t.Errorf("%s: %v, %v", c.name, kind, err)
		}
		if s, err := codesign.Verify(c.image); err != nil || !reflect.DeepEqual(s, c.want) {
			t.Errorf("%s: %+v, %v", c.name, s, err)
		}
	}
}

// What Refresh takes and refuses, and what Verify says to the same.
func TestForms(t *testing.T) {
	with := func(change func(*dir)) func([]byte) []byte {
		d := linker
		change(&d)
		return d.sign
	}
	beside := func(flags uint32, parts ...part) func([]byte) []byte {
		return func(code []byte) []byte {
			d := linker
			d.flags = flags
			return super(append([]part{{0, d.over(code)}}, parts...)...)
		}
	}
	at := func(offset int, values ...byte) func([]byte) []byte { // changes the code directory, at 20
		return func(code []byte) []byte {
			s := linker.sign(code)
			copy(s[20+offset:], values)
			return s
		}
	}
	signed, form, broken := codesign.ErrSigned, codesign.ErrForm, codesign.ErrBroken
	for _, c := range []struct {
		name    string
		sign    func([]byte) []byte
		refused error  // by Refresh
		because string // in its message
		kind    codesign.Kind
		bad     error // by Verify
	}{
		{"a linker's", linker.sign, nil, "", codesign.AdHoc, nil},
		{"without linker-signed", with(func(d *dir) { d.flags = adHoc }), nil, "", codesign.AdHoc, nil},
		{"a longer name", with(func(d *dir) { d.ident = "dtlic-buyer" }), nil, "", codesign.AdHoc, nil},
		{"an older version", with(func(d *dir) { d.version = 0x20100 }), nil, "", codesign.AdHoc, nil},
		{"the oldest", with(func(d *dir) { d.version = 0x20001 }), nil, "", codesign.AdHoc, nil},
		{"special slots of zeros", with(func(d *dir) { d.special = make([][]byte, 5) }), nil, "", codesign.AdHoc, nil},

		{"Apple's", byApple, signed, `by the team "ABCDE12345"`, codesign.Signed, nil},
		{"a team alone", with(func(d *dir) { d.team = "ABCDE12345" }), signed, "ABCDE12345", codesign.AdHoc, nil},
		{"with an identity", beside(hardened, part{0x10000, cms}), signed, "with an identity", codesign.Signed, nil},
		{"ad hoc with an identity", beside(adHoc, part{0x10000, cms}), signed, "with an identity", codesign.Signed, broken},
		{"neither", with(func(d *dir) { d.flags = 0 }), signed, "not ad hoc", codesign.AdHoc, broken},
		{"ad hoc by codesign", beside(adHoc, part{0x10000, generic(0xfade0b01, "")}), signed, "2 parts", codesign.AdHoc, nil},
		{"requirements", func(code []byte) []byte {
			d := linker
			d.special = [][]byte{nil, requirements}
			return super(part{0, d.over(code)}, part{2, requirements})
		}, signed, "its requirements were signed", codesign.AdHoc, nil},
		{"an Info.plist", with(func(d *dir) { d.special = [][]byte{plist} }), signed, "Info.plist", codesign.AdHoc, nil},
		{"requirements without their hash", beside(adHoc, part{2, requirements}), signed, "2 parts", codesign.AdHoc, broken},
		{"two code directories", func(code []byte) []byte {
			old := linker
			old.hashType = 1
			return super(part{0, old.over(code)}, part{0x1000, linker.over(code)})
		}, signed, "2 code directories", codesign.AdHoc, nil},

		{"SHA-1", with(func(d *dir) { d.hashType = 1 }), form, "type 1, not SHA-256", codesign.AdHoc, form},
		{"a newer version", with(func(d *dir) { d.version = 0x20500 }), form, "version 0x20500", codesign.AdHoc, nil},
		{"the newest", with(func(d *dir) { d.version = 0x20600 }), form, "version 0x20600", codesign.AdHoc, nil},
		{"a version of the future", at(8, 0, 3, 0, 0), form, "version 0x30000", codesign.Unsigned, form},
		{"a version before all", at(8, 0, 1, 0, 0), form, "version 0x10000", codesign.Unsigned, form},
		{"two of one hash", func(code []byte) []byte {
			return super(part{0, linker.over(code)}, part{0x1004, linker.over(code)})
		}, form, "two code directories have hashes of type 2", codesign.Unsigned, form},
		{"no code directory", func([]byte) []byte { return super(part{2, requirements}) }, form, "no code directory", codesign.Unsigned, form},
		{"another thing in its slot", func([]byte) []byte { return super(part{0, make([]byte, 8)}) }, form, "cannot have 0 bytes", codesign.Unsigned, form},
		{"requirements in its slot", func([]byte) []byte { return super(part{0, requirements}) }, form, "its code directory is none", codesign.Unsigned, form},
		{"one slot twice", func(code []byte) []byte {
			return super(part{0, linker.over(code)}, part{2, requirements}, part{2, requirements})
		}, form, "slot 0x2 twice", codesign.Unsigned, form},
		{"a part in the index", func(code []byte) []byte {
			s := linker.sign(code)
			s[19] = 8
			return s
		}, form, "part 1 of its signature would lie at 8", codesign.Unsigned, form},
		{"a code directory shorter than its version", func(code []byte) []byte {
			d := linker.over(code)[:60]
			d[7] = 60
			return super(part{0, d})
		}, form, "version 0x20400 and 60 bytes", codesign.Unsigned, form},
		{"33 special slots", with(func(d *dir) { d.special = make([][]byte, 33) }), form, "2+33 hashes", codesign.Unsigned, form},
		{"33 parts", func([]byte) []byte { return super(make([]part, 33)...) }, form, "33 parts", codesign.Unsigned, form},
		{"another signature", func([]byte) []byte { return generic(0xfade0cc1, "detached") }, form, "where its signature should be", codesign.Unsigned, form},
		{"one page of any size", at(39, 0), form, "page size is 2^0", codesign.Unsigned, form},
		{"pages of 8 KiB", at(39, 13), form, "page size is 2^13", codesign.Unsigned, form},
		{"scattered", at(44, 0, 0, 0, 88), form, "scattered", codesign.Unsigned, form},
		{"short hashes", at(36, 20), form, "type 2 cannot have 20 bytes", codesign.Unsigned, form},
		{"no hashes", at(36, 0, 9), form, "type 9 cannot have 0 bytes", codesign.Unsigned, form},
		{"a page less", at(28, 0, 0, 0, 1), form, "hashes of 1 pages", codesign.Unsigned, form},
		{"a limit before the end", at(32, 0, 0, 0x10, 1), form, "4097 bytes are hashed, 5000 lie", codesign.Unsigned, form},
		{"a limit behind it", at(32, 0, 0, 0x13, 0x89), form, "5001 bytes are hashed", codesign.Unsigned, form},
		{"a long limit that differs", at(56, 1, 0, 0, 0, 0, 0, 0x13, 0x88), form, "72057594037932936 bytes are hashed", codesign.Unsigned, form},
		{"hashes in the header", at(16, 0, 0, 0, 40), form, "do not fit", codesign.Unsigned, form},
		{"hashes behind the end", at(16, 0, 0, 0, 100), form, "do not fit", codesign.Unsigned, form},
		{"hashes far away", at(16, 0xff, 0xff, 0xff, 0xff), form, "do not fit", codesign.Unsigned, form},
		{"special slots in the header", at(24, 0, 0, 0, 1), form, "do not fit", codesign.Unsigned, form},
		{"more special slots than can be", at(24, 0xff, 0xff, 0xff, 0xff), form, "do not fit", codesign.Unsigned, form},
		{"a name in the header", at(20, 0, 0, 0, 87), form, "its identifier would stand at 87", codesign.Unsigned, form},
		{"a name behind the end", at(20, 0, 0, 0, 255), form, "its identifier would stand at 255", codesign.Unsigned, form},
		{"a name in the hashes", func(code []byte) []byte {
			s := at(20, 0, 0, 0, 100)(code)
			s[len(s)-1] = 0 // where it ends; the last hash is wrong by that
			return s
		}, form, "identifier reaches into the hashes", codesign.AdHoc, broken},
		{"a team ID behind the end", at(48, 0xff, 0, 0, 0), form, "its team ID would stand", codesign.Unsigned, form},
	} {
		t.Run(c.name, func(t *testing.T) {
			image := machO(5000, c.sign)
			s, err := codesign.Verify(image)
			if !errors.Is(err, c.bad) || s.Kind != c.kind {
				t.Errorf("Verify: %+v, %v", s, err)
			}
			image[4999] ^= 1
			kind, err := refresh(t, image)
			if !errors.Is(err, c.refused) || !strings.Contains(fmt.Sprint(err), c.because) || c.refused == nil && kind != codesign.AdHoc {
				t.Errorf("Refresh: %v, %v", kind, err)
			}
		})
	}
}

// All that can be told of a program that Apple's codesign has signed.
func TestSignedByApple(t *testing.T) {
	image := machO(9000, byApple)
	s, err := codesign.Verify(image)
	if err != nil {
		t.Error(err)
	}
	blob := image[bytes.LastIndex(image, []byte{0xfa, 0xde, 0x0c, 0x02}):]
	sum := sha256.Sum256(blob[:binary.BigEndian.Uint32(blob[4:])]) // of the second code directory
	if want := (codesign.Signature{
		CDHash: hex.EncodeToString(sum[:20]),
		Kind:   codesign.Signed, AppleSilicon: true, Identifier: "com.example.tool", TeamID: "ABCDE12345", Pages: 3,
		Unchecked: []string{"who signed it, and whether Apple has notarized it", "another code directory, with hashes of type 1", "its Info.plist entries"},
	}); !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	for part, name := range map[string]string{string(entitlements): "entitlements", string(requirements): "requirements"} {
		changed := bytes.Clone(image)
		changed[bytes.Index(changed, []byte(part))+len(part)-1] ^= 1
		if _, err := codesign.Verify(changed); fmt.Sprint(err) != "the code signature does not hold: its "+name+" were changed after signing" {
			t.Errorf("%s changed: %v", name, err)
		}
	}
	image[8999] ^= 1
	s, err = codesign.Verify(image)
	if want := "the code signature does not hold: page 2 (bytes 8192 to 8999) was changed after signing"; fmt.Sprint(err) != want {
		t.Errorf("got %v", err)
	}
	if s.Pages != 0 || s.TeamID != "ABCDE12345" {
		t.Errorf("with the error: %+v", s)
	}
}

func TestUniversalAndForeign(t *testing.T) {
	for magic, want := range map[string]string{
		"\xca\xfe\xba\xbe": "universal file", "\xca\xfe\xba\xbf": "universal file", "\xfe\xed\xfa\xcf": "PowerPC", "\xfe\xed\xfa\xce": "PowerPC",
	} {
		image := append([]byte(magic), machO(5000, linker.sign)...)
		if _, err := refresh(t, image); !errors.Is(err, codesign.ErrForm) || !strings.Contains(err.Error(), want) {
			t.Errorf("%x: %v", magic, err)
		}
		if s, err := codesign.Verify(image); !errors.Is(err, codesign.ErrForm) || s.Kind != codesign.NotMachO {
			t.Errorf("%x: %+v, %v", magic, s, err)
		}
	}
}

func TestLoadCommands(t *testing.T) {
	le := binary.LittleEndian
	for _, c := range []struct {
		name  string
		at    int
		value uint32
		want  string
	}{
		{"more than there are", 16, 3, "load command 3 of 3 is missing"},
		{"very many", 16, 0xffffffff, "load command 3 of 4294967295 is missing"},
		{"longer than the file", 20, 0xffffffff, "ends within its load commands"},
		{"an empty one", 36, 0, "load command 1 cannot have 0 bytes"},
		{"one that reaches out", 36, 41, "load command 1 cannot have 41 bytes"},
		{"a signature of 24 bytes", 32, 0x1d, "load command 1 (LC_CODE_SIGNATURE) stands twice or has 24 bytes"},
		{"a signature in the head", 64, 71, "its signature would lie at bytes 71"},
		{"a signature behind the end", 68, 0xffffffff, "its signature would lie at bytes 5000"},
		{"an empty signature", 68, 0, "where its signature should be is none"},
	} {
		image := machO(5000, linker.sign)
		le.PutUint32(image[c.at:], c.value)
		for _, err := range []error{second(refresh(t, image)), second(codesign.Verify(image))} {
			if !errors.Is(err, codesign.ErrForm) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

func TestTwoSignatures(t *testing.T) {
	image := machO(5000, linker.sign)
	le := binary.LittleEndian
	le.PutUint32(image[16:], 3)      // commands: 24 bytes become one of 16, the same
	copy(image[32:48], image[56:72]) // as behind it,
	le.PutUint32(image[48:], 0x1b)   // and one of 8
	le.PutUint32(image[52:], 8)
	for _, err := range []error{second(refresh(t, image)), second(codesign.Verify(image))} {
		if !errors.Is(err, codesign.ErrForm) || !strings.Contains(err.Error(), "load command 3 (LC_CODE_SIGNATURE) stands twice") {
			t.Error(err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// However a file was cut off, it is refused, and nothing is written.
func TestTruncated(t *testing.T) {
	for _, image := range [][]byte{machO(5000, linker.sign), machO(5000, byApple)} {
		for n := 4; n < len(image); n++ {
			cut := image[:n:n]
			for _, err := range []error{second(refresh(t, cut)), second(codesign.Verify(cut))} {
				if !errors.Is(err, codesign.ErrForm) {
					t.Fatalf("%d bytes: %v", n, err)
				}
			}
		}
	}
}

// Each field of head and signature is made to lie: nothing panics, little memory
// is taken, and what Refresh takes holds.
func TestLyingFields(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	calls := 0
	for _, sound := range [][]byte{machO(5000, linker.sign), machO(5000, byApple)} {
		image := make([]byte, len(sound))
		for at := 0; at+4 <= len(sound); at++ {
			if at == headLen {
				at = 5000
			}
			for _, v := range []uint32{0, 1, 0xff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff, uint32(len(sound))} {
				for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
					copy(image, sound)
					order.PutUint32(image[at:], v)
					_, _ = codesign.Verify(image)
					if kind, err := codesign.Refresh(image); err == nil && kind == codesign.AdHoc {
						if _, err := codesign.Verify(image); err != nil {
							t.Errorf("%#x at %d: refreshed, and %v", v, at, err)
						}
					}
					calls++
				}
			}
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / uint64(calls); calls < 10000 || each > 4096 {
		t.Errorf("%d calls took %d bytes each", calls, each)
	}
}
