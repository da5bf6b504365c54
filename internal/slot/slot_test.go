package slot

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
)

var product = []byte("{\"format\": 1}\n")

func filled(t *testing.T) []byte {
	t.Helper()
	s := Empty()
	if err := Fill(s, Content{Product: product, Version: "v1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// The empty slot in the tree is the one that this package describes.
func TestEmptySlotOfThePrograms(t *testing.T) {
	data, err := os.ReadFile("../../keys/stamped/empty.slot")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, Empty()) {
		t.Error("keys/stamped/empty.slot is another one")
	}
	if len(data) != Size {
		t.Errorf("it has %d bytes", len(data))
	}
	if _, err := Read(string(data)); !errors.Is(err, ErrEmpty) {
		t.Errorf("reading it: %v", err)
	}
}

func TestFillAndRead(t *testing.T) {
	longest := bytes.Repeat([]byte{'x'}, MaxProduct)
	for _, c := range []Content{
		{product, "v1.2.3"},
		{product, ""},
		{longest, strings.Repeat("9", MaxVersion)},
	} {
		s := Empty()
		if err := Fill(s, c); err != nil {
			t.Fatal(err)
		}
		got, err := Read(string(s))
		if err != nil || !bytes.Equal(got.Product, c.Product) || got.Version != c.Version {
			t.Errorf("read %q of %d bytes, %v", got.Version, len(got.Product), err)
		}
		again := Empty()
		if err := Fill(again, c); err != nil || !bytes.Equal(s, again) {
			t.Errorf("filling twice differs: %v", err)
		}
		before := bytes.Clone(s)
		if err := Fill(s, c); !errors.Is(err, ErrFilled) || !bytes.Equal(s, before) {
			t.Errorf("filling a filled slot: %v", err)
		}
		at, found, err := Find(bytes.NewReader(append([]byte("program"), s...)))
		if at != 7 || !bytes.Equal(found, s) || err != nil {
			t.Errorf("a filled slot is at %d, %v", at, err)
		}
	}
}

func TestFillRefuses(t *testing.T) {
	for name, c := range map[string]Content{
		"no product":       {nil, "v1"},
		"a long product":   {bytes.Repeat([]byte{' '}, MaxProduct+1), "v1"},
		"a long version":   {product, strings.Repeat("9", MaxVersion+1)},
		"a blank version":  {product, "v 1"},
		"a broken version": {product, "v1\x00"},
		"a foreign letter": {product, "ä"},
	} {
		s := Empty()
		if err := Fill(s, c); err == nil || !bytes.Equal(s, Empty()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Fill(make([]byte, Size-1), Content{product, "v1"}); err == nil {
		t.Error("a short slot was filled")
	}
}

func TestFind(t *testing.T) {
	code := bytes.Repeat([]byte("code"), 1000)
	one := append(bytes.Clone(code), Empty()...)
	for name, c := range map[string]struct {
		image []byte
		at    int64
		want  string
	}{
		"one":                 {append(bytes.Clone(one), code...), int64(len(code)), ""},
		"at the very end":     {one, int64(len(code)), ""},
		"none":                {code, 0, "no slot"},
		"nothing":             {nil, 0, "no slot"},
		"two":                 {append(bytes.Clone(one), Empty()...), 0, "more than one"},
		"an opening too much": {append(bytes.Clone(one), opening...), 0, "more than one"},
		"cut off":             {one[:len(one)-1], 0, "not whole"},
		"just the opening":    {[]byte(opening), 0, "not whole"},
		"without its end":     {append(bytes.Clone(one[:len(one)-len(closing)]), code...), 0, "not whole"},
		"within an opening":   {append([]byte(opening), Empty()...), 0, "more than one"},
	} {
		at, _, err := Find(bytes.NewReader(c.image))
		if c.want == "" && (err != nil || at != c.at) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: at %d, %v", name, at, err)
		}
	}
}

// A slot is found wherever it begins, across the pieces that are read too; and a
// second one as well.
func TestFindAnywhere(t *testing.T) {
	for _, begin := range []int{0, 1, 65536 - 32, 65536 - 31, 65536 - 1, 65536, 2*65536 - 62, 2*65536 - 40, 200_000} {
		image := append(make([]byte, begin), Empty()...)
		at, s, err := Find(bytes.NewReader(image))
		if err != nil || at != int64(begin) || !bytes.Equal(s, Empty()) {
			t.Errorf("at %d: %d, %v", begin, at, err)
		}
		image = append(append(image, make([]byte, begin)...), Empty()...)
		if _, _, err := Find(bytes.NewReader(image)); err == nil || !strings.Contains(err.Error(), "more than one") {
			t.Errorf("twice at %d: %v", begin, err)
		}
	}
	for size := 65536 - 3; size < 65536+3; size++ { // no slot, and an end at a piece's end
		if _, _, err := Find(bytes.NewReader(make([]byte, size))); !errors.Is(err, ErrNone) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// Whatever byte of a slot changes, its marks among them, it is not read.
func TestEveryByteCounts(t *testing.T) {
	s := filled(t)
	for i := range s {
		s[i] ^= 0x20
		if _, err := Read(string(s)); err == nil {
			t.Fatalf("byte %d was changed, and the slot was read", i)
		}
		s[i] ^= 0x20
	}
	empty := Empty()
	for i := range empty {
		before := empty[i]
		empty[i] ^= 1
		if _, err := Read(string(empty)); err == nil || errors.Is(err, ErrEmpty) {
			t.Fatalf("byte %d of an empty slot was changed: %v", i, err)
		}
		empty[i] = before
	}
}

// A checksum that fits does not make a slot of another shape good.
func TestReadIsStrict(t *testing.T) {
	for name, change := range map[string]func([]byte){
		"no length":             func(s []byte) { s[lengthAt+2], s[lengthAt+3] = 0, 0 },
		"a long length":         func(s []byte) { s[lengthAt] = 0xff },
		"a short length":        func(s []byte) { s[lengthAt+3]-- },
		"behind product":        func(s []byte) { s[closingAt-1] = 'x' },
		"in the zeros":          func(s []byte) { s[zerosAt] = 'x' },
		"a zero in the version": func(s []byte) { s[versionAt+1] = 0 },
	} {
		s := filled(t)
		change(s)
		sum := sha256.Sum256(s[lengthAt:closingAt])
		copy(s[sumAt:], sum[:])
		if _, err := Read(string(s)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	empty, full := Empty(), Empty()
	if err := Fill(full, Content{product, "v1"}); err != nil {
		f.Fatal(err)
	}
	f.Add(empty)
	f.Add(full)
	f.Add(full[:Size-1])
	f.Fuzz(func(t *testing.T, s []byte) {
		c, err := Read(string(s))
		if err != nil {
			return
		}
		again := Empty()
		if err := Fill(again, c); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if !bytes.Equal(again, s) {
			t.Error("one content has two slots")
		}
	})
}
