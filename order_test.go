package dtlic_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
)

// breakage is a way to break a license.
type breakage struct {
	want    error
	changes members                  // of the payload, before it is signed
	text    func(blob string) string // of the text, after
	key     byte                     // who signs, 0 for the right one
}

// breakages stand in the order in which a check has to find them.
var breakages = []struct {
	name string
	breakage
}{
	{"tag", breakage{want: dtlic.ErrMalformed, text: func(s string) string { return "X" + s }}},
	{"version", breakage{want: dtlic.ErrUnsupported, text: func(s string) string { return strings.Replace(s, "DTLIC2:", "DTLIC3:", 1) }}},
	{"size", breakage{want: dtlic.ErrMalformed, changes: members{"x_fill": strings.Repeat("x", 13000)}}},
	{"shape", breakage{want: dtlic.ErrMalformed, text: func(s string) string { return s + "A" }}},
	{"chain", breakage{want: dtlic.ErrUnsupported, text: func(s string) string {
		i := strings.LastIndex(s, ".")
		return s[:i] + ".RFRDRVJUMTpB" + s[i:]
	}}},
	{"unknown key", breakage{want: dtlic.ErrUnknownKey, key: 9}},
	{"signature", breakage{want: dtlic.ErrBadSignature, text: func(s string) string {
		// The last character keeps its unused bits zero.
		i := len(s) - 2
		c := byte('A')
		if s[i] == c {
			c = 'B'
		}
		return s[:i] + string(c) + s[i+1:]
	}}},
	{"payload", breakage{want: dtlic.ErrMalformed, changes: members{"name": nil}}},
	{"crit", breakage{want: dtlic.ErrUnsupportedCritical, changes: members{"crit": []string{"unheard_of"}}}},
	{"product", breakage{want: dtlic.ErrWrongProduct, changes: members{"product": "other"}}},
	{"not yet valid", breakage{want: dtlic.ErrNotYetValid, changes: members{"issued_at": "2026-11-22T12:00:01Z"}}},
	{"expired", breakage{want: dtlic.ErrExpired, changes: members{"expires_at": "2026-11-21T12:00:00Z"}}},
}

// broken makes a license that is broken in all of these ways.
func broken(t *testing.T, ways ...breakage) string {
	t.Helper()
	changes, key := members{}, byte(1)
	for _, w := range ways {
		maps.Copy(changes, w.changes)
		if w.key != 0 {
			key = w.key
		}
	}
	// Not yet valid and expired at once needs its times in order.
	if changes["issued_at"] != nil && changes["expires_at"] != nil {
		changes = members{"starts_at": "2026-11-21T12:00:01Z", "expires_at": "2026-11-21T12:00:02Z"}
	}
	blob := sign(privateKey(key), plain(changes).json(t))
	for i := len(ways) - 1; i >= 0; i-- {
		if ways[i].text != nil {
			blob = ways[i].text(blob)
		}
	}
	return blob
}

func TestTheFirstFailureWins(t *testing.T) {
	v := verifier(t, product(t))
	for i, first := range breakages {
		for j := i; j < len(breakages); j++ {
			second := breakages[j]
			t.Run(first.name+" before "+second.name, func(t *testing.T) {
				both := []breakage{first.breakage, second.breakage}[:min(2, 1+j-i)]
				l, err := v.Verify(broken(t, both...))
				if !errors.Is(err, first.want) {
					t.Errorf("got %v, want %v", err, first.want)
				}
				if l.LicenseKey != "" || l.Has("clean") {
					t.Errorf("a license comes with it: %+v", l)
				}
			})
		}
	}
	if _, err := v.Verify(broken(t)); err != nil {
		t.Errorf("unbroken: %v", err)
	}
}

func TestHolderMismatchComesLast(t *testing.T) {
	stranger := dtlic.Holder{Name: "Bob", Email: "bob@example.com"}
	options := options(t)
	for _, b := range breakages {
		if b.text != nil {
			continue // some of these Extract mends
		}
		if _, err := dtlic.Activate(product(t), broken(t, b.breakage), stranger, options); errors.Is(err, dtlic.ErrHolderMismatch) {
			t.Errorf("%s: %v", b.name, err)
		}
	}
	if _, err := dtlic.Activate(product(t), broken(t), stranger, options); !errors.Is(err, dtlic.ErrHolderMismatch) {
		t.Errorf("a whole license: %v", err)
	}
}

// Every class has a sentence and, but for files, a next step.
func TestEveryClassHasItsWords(t *testing.T) {
	for _, class := range []error{
		dtlic.ErrMalformed, dtlic.ErrUnsupported, dtlic.ErrUnknownKey, dtlic.ErrBadSignature, dtlic.ErrUnsupportedCritical,
		dtlic.ErrWrongProduct, dtlic.ErrNotDelegated, dtlic.ErrRevoked, dtlic.ErrNotYetValid, dtlic.ErrExpired,
		dtlic.ErrWrongMachine, dtlic.ErrHolderMismatch, dtlic.ErrNotLater, dtlic.ErrUpdatesEnded, dtlic.ErrNotActivated,
		dtlic.ErrUnsafeBuild, dtlic.ErrIO,
	} {
		if class.Error() == "" || dtlic.CodeOf(class) == "" {
			t.Errorf("%q has no words: %q", dtlic.CodeOf(class), class)
		}
	}
	v := verifier(t, product(t))
	for _, b := range breakages {
		_, err := v.Verify(broken(t, b.breakage))
		e, ok := errors.AsType[*dtlic.Error](err)
		if !ok || e.Hint == "" || e.What == "" || strings.HasSuffix(e.Error(), ".") {
			t.Errorf("%s: %#v", b.name, e)
		}
	}
}
