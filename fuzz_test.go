package dtlic_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
)

// payloads returns the payloads of all vectors that have one.
func payloads(tb testing.TB) (all [][]byte) {
	tb.Helper()
	for _, c := range suite(tb).Verify {
		if e, err := envelope.Parse(envelope.License, c.Blob); err == nil {
			all = append(all, e.Payload)
		}
	}
	if len(all) < 200 {
		tb.Fatalf("%d payloads in the vectors, want 200 and more", len(all))
	}
	return all
}

// stringsOf are members as another reader sees them.
type stringsOf struct {
	LicenseKey   string           `json:"license_key"`
	Product      string           `json:"product"`
	Name         string           `json:"name"`
	Email        string           `json:"email"`
	Tier         string           `json:"tier"`
	IssuedAt     string           `json:"issued_at"`
	ExpiresAt    string           `json:"expires_at"`
	StartsAt     string           `json:"starts_at"`
	UpdatesUntil string           `json:"updates_until"`
	Trial        bool             `json:"trial"`
	Features     []string         `json:"features"`
	Limits       map[string]int64 `json:"limits"`
	Machines     []string         `json:"machines"`
	Profile      string           `json:"profile"`
	ValidDays    int              `json:"valid_days"`
	Crit         []string         `json:"crit"`
}

// A payload that is taken is written and read back as the same license, and
// encoding/json reads the same from it.
func FuzzPayload(f *testing.F) {
	for _, p := range payloads(f) {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		l, err := dtlic.DecodePayload(payload)
		if err != nil {
			return
		}
		if err := l.Validate(); err != nil {
			t.Fatalf("decoded, and not valid: %v", err)
		}
		written := l.AppendPayload(nil)
		again, err := dtlic.DecodePayload(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if !reflect.DeepEqual(l, again) {
			t.Fatalf("read back differently:\n%+v\n%+v", l, again)
		}
		var want stringsOf
		if err := json.Unmarshal(payload, &want); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		var got stringsOf
		if err := json.Unmarshal(written, &got); err != nil {
			t.Fatalf("encoding/json refuses what was written: %v", err)
		}
		want.normalize()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("encoding/json reads\n%+v, we wrote\n%+v", want, got)
		}
	})
}

// normalize makes empty collections absent, as a minter writes them.
func (s *stringsOf) normalize() {
	if len(s.Features) == 0 {
		s.Features = nil
	}
	if len(s.Limits) == 0 {
		s.Limits = nil
	}
}

// A product file that is taken is written and read back as the same product.
func FuzzProduct(f *testing.F) {
	for _, data := range seedFiles(f, "product") {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := dtlic.ParseProduct(data)
		if err != nil {
			return
		}
		file, err := p.File()
		if err != nil {
			t.Fatalf("taken, and cannot be written: %v", err)
		}
		again, err := dtlic.ParseProduct(file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if !reflect.DeepEqual(p, again) {
			t.Fatalf("read back differently:\n%+v\n%+v", p, again)
		}
		for _, k := range p.Keys {
			if _, err := dtlic.ParsePublicKey(k.PublicKey.String()); err != nil {
				t.Fatalf("it trusts %v: %v", k.PublicKey, err)
			}
		}
	})
}

// A license.json that is taken holds the blob that encoding/json reads in it.
func FuzzRecord(f *testing.F) {
	for _, data := range seedFiles(f, "record") {
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		blob, at, err := dtlic.ParseRecord(text)
		if err != nil {
			if code := dtlic.CodeOf(err); code != dtlic.CodeMalformed && code != dtlic.CodeUnsupported {
				t.Fatalf("class %q: %v", code, err)
			}
			return
		}
		// Into a map: a struct would take members in another case.
		var want map[string]any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if want["version"] != 1.0 || want["blob"] != blob {
			t.Fatalf("got %q, encoding/json reads %v", blob, want)
		}
		if s, _ := want["activated_at"].(string); !at.IsZero() && at.Format("2006-01-02T15:04:05Z") != s {
			t.Fatalf("got %v, encoding/json reads %q", at, s)
		}
	})
}

// Extract never panics; what it finds it finds again in that, and where
// nothing had to be dropped, it stands in the text as it is.
func FuzzExtract(f *testing.F) {
	s := suite(f)
	for _, c := range s.Extract {
		f.Add(c.Text)
	}
	for _, c := range s.Verify {
		if len(c.Blob) < 2000 { // long ones slow the fuzzer down and show nothing new
			f.Add(c.Blob)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		agrees(t, text)
		all, err := dtlic.ExtractAll(text)
		one, oneErr := dtlic.Extract(text)
		fragment, cut := dtlic.ExtractCutOff(text)
		if (oneErr == nil) != (err == nil && len(all) == 1) || err == nil && len(all) == 0 {
			t.Fatalf("Extract %q, %v and ExtractAll %q, %v", one, oneErr, all, err)
		}
		if cut && (err == nil || !strings.HasPrefix(fragment, "DTLIC2:")) {
			t.Fatalf("cut off %q beside %q", fragment, all)
		}
		clean := !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("=!>|", r) })
		for _, blob := range all {
			again, err := dtlic.Extract(blob)
			if err != nil || again != blob {
				t.Fatalf("%q gives %q, %v", blob, again, err)
			}
			if clean && !strings.Contains(text, blob) {
				t.Fatalf("%q does not stand in the text", blob)
			}
		}
	})
}
