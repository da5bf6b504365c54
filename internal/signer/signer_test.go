package signer

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var seed = strings.Repeat("0123456789abcdef", 4)

func TestParseSeed(t *testing.T) {
	want, err := ParseSeed(seed)
	if err != nil || fmt.Sprintf("%x", want.Seed()) != seed {
		t.Fatalf("%v", err)
	}
	for _, text := range []string{strings.ToUpper(seed), " \t" + seed + "\r\n"} {
		if got, err := ParseSeed(text); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"", " ", seed[:63], seed[:62], seed + "0", seed + seed, "O" + seed[1:], "0x" + seed, seed[:32] + " " + seed[32:],
		`"` + seed + `"`, seed[:32] + "\n" + seed[32:], "\ufeff" + seed,
	} {
		got, err := ParseSeed(text)
		if err == nil || got != nil {
			t.Errorf("%q was taken", text)
			continue
		}
		if len(text) > 8 && strings.Contains(err.Error(), text[4:12]) {
			t.Errorf("the error quotes what it read: %v", err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	private, err := Generate(bytes.NewReader(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	text := string(KeyFile("NOTES", private))
	want := "# KEEP SECRET\nNOTES_LICENSE_PRIVKEY=" + strings.Repeat("07", 32) +
		"\n# BAKE INTO BUILD\nNOTES_LICENSE_PUBKEY=" + fmt.Sprintf("%x", private.Public()) + "\n"
	if text != want {
		t.Fatalf("key file %q, want %q", text, want)
	}
	for name, form := range map[string]string{
		"as written":  text,
		"CRLF":        strings.ReplaceAll(text, "\n", "\r\n"),
		"exported":    strings.ReplaceAll(text, "NOTES_", "export NOTES_"),
		"quoted":      "NOTES_LICENSE_PRIVKEY=\"" + strings.Repeat("07", 32) + "\"\n",
		"key alone":   "NOTES_LICENSE_PRIVKEY=" + strings.Repeat("07", 32),
		"upper case":  strings.ReplaceAll(text, fmt.Sprintf("%x", private.Public()), fmt.Sprintf("%X", private.Public())),
		"other lines": "PATH=/bin\n\n# NOTES_LICENSE_PRIVKEY=no\n" + text,
	} {
		if got, err := ParseKeyFile(form, "NOTES"); err != nil || !got.Equal(private) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, form := range map[string]string{
		"empty":           "",
		"another product": strings.ReplaceAll(text, "NOTES_", "MAPS_"),
		"short":           strings.Replace(text, "07", "", 1),
		"another key's":   strings.Replace(text, "07", "08", 1),
		"no text":         string([]byte{0xff, 0xfe, 0}),
	} {
		got, err := ParseKeyFile(form, "NOTES")
		if err == nil || got != nil {
			t.Errorf("%s was taken", name)
		} else if strings.Contains(err.Error(), "0707") {
			t.Errorf("%s: the error quotes the key: %v", name, err)
		}
	}
}

func TestNoRandomness(t *testing.T) {
	broken := errors.New("broken")
	for _, source := range []io.Reader{iotest.ErrReader(broken), bytes.NewReader(make([]byte, ed25519.SeedSize-1))} {
		if key, err := Generate(source); err == nil || key != nil {
			t.Error("a key was made of no randomness")
		}
	}
}
