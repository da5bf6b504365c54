package envelope_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/envelope"
)

// Spellings of base64url that other decoders take, and this one must not.
func TestDecodeIsStrict(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "AA": true, "AAA": true, "AAAA": true, "-_-_": true, "AQ": true, "AAE": true,
		"A": false, "AAAAA": false, "AB": false, "AAB": false, "AA==": false, "AA=": false,
		"A\nA": false, "AA\n": false, "\rAA": false, "AA ": false, "+/+/": false, "AÄ": false, "A\x00AA": false,
	} {
		b, ok := envelope.Decode(text)
		if ok != want || ok && base64.RawURLEncoding.EncodeToString(b) != text {
			t.Errorf("%q: %x, %v", text, b, ok)
		}
	}
}

// Each last character of a signature has 16 neighbors that carry the same
// bytes to a careless decoder.
func TestOneSpellingOfEachSignature(t *testing.T) {
	blob := blobs(t)[0]
	taken := 0
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if _, err := envelope.Parse(envelope.License, blob[:len(blob)-1]+string(c)); err == nil {
			taken++
		}
	}
	if taken != 4 { // two of six bits are the signature's
		t.Errorf("%d of 64 last characters are taken, want 4", taken)
	}
}

func TestParseOfAnotherKind(t *testing.T) {
	part := strings.Repeat("A", envelope.SignatureLength)
	list := envelope.Kind{Family: "DTCRL", Version: "1", Max: 200}
	for text, version := range map[string]bool{
		"DTCRL1:AAAAAAAAAAA.AAAA." + part:              false,
		"DTCRL1:AAAAAAAAAAA.AAAA.RFRDRVJUMTpB." + part: false, // no chain here
		"DTCRL2:" + strings.Repeat("A", 500):           true,
		"DTCRL01:":                                     true,
		"DTCRL:":                                       false,
		"DTCRL1":                                       false,
		"DTLIC2:AAAAAAAAAAA.AAAA." + part:              false,
		"DTCRL1:AAAAAAAAAAA." + strings.Repeat("A", 200) + "." + part: false,
	} {
		e, err := envelope.Parse(list, text)
		if fine := strings.HasPrefix(text, "DTCRL1:AAAAAAAAAAA.AAAA.AA"); fine != (err == nil) {
			t.Errorf("%.40s: %v", text, err)
		}
		form, ok := errors.AsType[*envelope.FormError](err)
		if err != nil && (!ok || form.Version != version || e.Payload != nil && e.KeyID == "") {
			t.Errorf("%.40s: %#v", text, err)
		}
	}
}

func TestSplitCountsWithoutAllocating(t *testing.T) {
	text := "DTLIC2:" + strings.Repeat(".", 10_000)
	if n := testing.AllocsPerRun(10, func() { _, _ = envelope.Parse(envelope.License, text) }); n > 1 {
		t.Errorf("%v allocations for 10,000 dots", n)
	}
}

func TestReadFragment(t *testing.T) {
	payload := `{"license_key":"K","n":12,"name":"Ada Løvelace","a":[1],"tier":"core"}`
	whole := string(envelope.AppendUnsigned(nil, envelope.License, "AAAAAAAAAAA", []byte(payload)))
	head := len("DTLIC2:AAAAAAAAAAA.")
	encoded := func(n int) string { // enough text for n bytes of the payload
		return whole[:head+(n*8+5)/6]
	}
	for _, c := range []struct {
		name, text, keyID string
		members           []string
	}{
		{"whole", whole, "AAAAAAAAAAA", []string{"license_key", "n", "name", "a", "tier"}},
		{"with more parts", whole + ".x.y.z", "AAAAAAAAAAA", []string{"license_key", "n", "name", "a", "tier"}},
		{"tag only", "DTLIC2:", "", nil},
		{"in the key ID", "DTLIC2:AAAAA", "", nil},
		{"another version", strings.Replace(whole, "2:", "3:", 1), "", nil},
		{"key ID only", "DTLIC2:AAAAAAAAAAA.", "AAAAAAAAAAA", nil},
		{"in the first member", encoded(10), "AAAAAAAAAAA", nil},
		{"in a number", encoded(strings.Index(payload, "2,")), "AAAAAAAAAAA", []string{"license_key"}},
		{"in a letter of two bytes", encoded(strings.Index(payload, "ø") + 1), "AAAAAAAAAAA", []string{"license_key", "n"}},
		{"in a list", encoded(strings.Index(payload, "1]") + 1), "AAAAAAAAAAA", []string{"license_key", "n", "name"}},
		{"at a foreign character", whole[:head+40] + "<br>" + whole[head+40:], "AAAAAAAAAAA", []string{"license_key", "n"}},
		{"no object", "DTLIC2:AAAAAAAAAAA.W10", "AAAAAAAAAAA", nil},
	} {
		f := envelope.ReadFragment(envelope.License, c.text)
		var names []string
		for _, m := range f.Members {
			names = append(names, m.Name)
		}
		if f.KeyID != c.keyID || !slices.Equal(names, c.members) {
			t.Errorf("%s: %q, %q", c.name, f.KeyID, names)
		}
	}
}

func TestAppendString(t *testing.T) {
	for s, want := range map[string]string{
		"": `""`, "a<b>&c": `"a<b>&c"`, `"\`: `"\"\\"`, "\x00\n\x1f\x7f": "\"\\u0000\\u000a\\u001f\x7f\"", "é\u2028😀": "\"é\u2028😀\"",
	} {
		got := string(envelope.AppendString(nil, s))
		v, err := envelope.ParseJSON(got)
		if got != want || err != nil || v.Text != s {
			t.Errorf("%q is written as %s and read as %q, %v", s, got, v.Text, err)
		}
	}
}

// Errors are shown to people and written to logs: they quote nothing.
func TestErrorsDoNotQuote(t *testing.T) {
	const secret = "tellnobody"
	for _, text := range []string{
		`{"` + secret + `":1,"` + secret + `":1}`, `"` + secret, secret, `{"a":` + secret + `}`, `"\q` + secret + `"`, `[1,` + secret + `]`,
	} {
		if _, err := envelope.ParseJSON(text); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A refused text says where: people mend what they wrote by it.
func TestSyntaxErrorPlace(t *testing.T) {
	many := "{"
	for i := range 20 {
		many += fmt.Sprintf(`"m%d":0,`, i)
	}
	for _, c := range []struct {
		text   string
		offset int
		twice  string
	}{
		{"", 0, ""},
		{`{"a":1 "b":2}`, 7, ""},
		{`{"a":1,}`, 7, ""},
		{`{"a":1}}`, 7, ""},
		{`{"a":1, "\u0061":2}`, 8, "a"},
		{`{"x":{"a":1,"a":2}}`, 12, "a"},
		{many + `"m3":1}`, len(many), "m3"},
	} {
		_, err := envelope.ParseJSON(c.text)
		e, ok := errors.AsType[*envelope.SyntaxError](err)
		if !ok || e.Offset != c.offset || e.Twice != c.twice || c.twice != "" && strings.Contains(e.Error(), c.twice+`"`) {
			t.Errorf("%s: %+v", c.text, err)
		}
	}
}
