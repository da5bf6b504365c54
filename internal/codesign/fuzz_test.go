package codesign_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dtlic/dtlic/internal/codesign"
)

// Whatever the file: no panic, errors of the kinds that are promised, and an
// image that Refresh took is changed in its hashes alone and holds.
func FuzzRefresh(f *testing.F) {
	for _, sign := range []func([]byte) []byte{nil, linker.sign, byApple, dir{version: 0x20600, flags: adHoc, ident: "x", pageBits: 14}.sign} {
		f.Add(machO(200, sign), uint16(0), byte(0))
		f.Add(machO(4100, sign), uint16(4097), byte(1))
	}
	f.Add([]byte("\x7fELF"), uint16(0), byte(0))
	f.Add(append([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), machO(200, linker.sign)...), uint16(9), byte(9))
	f.Fuzz(func(t *testing.T, image []byte, at uint16, change byte) {
		if int(at) < len(image) {
			image[at] ^= change
		}
		s, err := codesign.Verify(image)
		if err != nil && !errors.Is(err, codesign.ErrForm) && !errors.Is(err, codesign.ErrBroken) {
			t.Fatalf("Verify: %v", err)
		}
		before := bytes.Clone(image)
		kind, refused := codesign.Refresh(image)
		var page *codesign.PageError
		switch {
		case refused != nil && !errors.Is(refused, codesign.ErrForm) && !errors.Is(refused, codesign.ErrSigned):
			t.Fatalf("Refresh: %v", refused)
		case refused == nil && kind != s.Kind:
			t.Fatalf("Refresh says %v, Verify %v", kind, s.Kind)
		case refused != nil || kind != codesign.AdHoc || err == nil:
			if !bytes.Equal(image, before) {
				t.Fatalf("changed, with %v, %v; before: %v", kind, refused, err)
			}
			return
		case !errors.As(err, &page):
			t.Fatalf("Refresh took what is refused for more than a page: %v", err)
		}
		if s, err = codesign.Verify(image); err != nil || s.Kind != codesign.AdHoc {
			t.Fatalf("%+v, %v", s, err)
		}
		first, last := -1, -1
		for at := range image {
			if image[at] != before[at] {
				if first < 0 {
					first = at
				}
				last = at
			}
		}
		if first < 0 || last-first >= 32*s.Pages {
			t.Fatalf("bytes %d to %d were changed, for %d pages", first, last, s.Pages)
		}
	})
}
