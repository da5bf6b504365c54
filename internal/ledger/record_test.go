package ledger

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/journal"
)

// sample is a record with every character class in its texts.
func sample() Record {
	return Record{
		LicenseKey: "DT1-CORE-5dd8e1db-d90c4656", Name: "Zoë <Q> & \"Söhne\" \\ GmbH", Email: "buyer@example.com",
		Tier: "core", IssuedAt: "2026-11-21T12:00:00Z", ExpiresAt: "9999-12-31T23:59:59Z",
		Blob: "DTLIC2:AAAAAAAAAAA.eyJsaWNlbnNlX2tleSI6Ii.c2ln", KeyID: "AAAAAAAAAAA", Product: "datatools",
	}
}

func TestAppendWritesTheFormatsOrder(t *testing.T) {
	const nine = `{"license_key":"DT1-CORE-5dd8e1db-d90c4656","name":"Zoë <Q> & \"Söhne\" \\ GmbH","email":"buyer@example.com",` +
		`"tier":"core","issued_at":"2026-11-21T12:00:00Z","expires_at":"9999-12-31T23:59:59Z",` +
		`"blob":"DTLIC2:AAAAAAAAAAA.eyJsaWNlbnNlX2tleSI6Ii.c2ln","key_id":"AAAAAAAAAAA","product":"datatools"`
	r := sample()
	if got := string(r.Append([]byte("before "))); got != "before "+nine+"}" {
		t.Errorf("got  %s\nwant %s}", got, nine)
	}
	r.Order, r.Replaces, r.Note = "4711", "DT1-A", "a\nnote"
	if got, want := string(r.Append(nil)), nine+`,"order":"4711","replaces":"DT1-A","note":"a\nnote"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r.StartsAt, r.UpdatesUntil, r.Trial = "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z", true
	if got, want := string(r.Append(nil)), nine+`,"starts_at":"2027-01-01T00:00:00Z","updates_until":"2028-01-01T00:00:00Z",`+
		`"trial":true,"order":"4711","replaces":"DT1-A","note":"a\nnote"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if back, err := Parse(r.Append(nil)); err != nil || back != r {
		t.Errorf("read back: %+v, %v", back, err)
	}
	if got := string((Record{}).Append(nil)); strings.Count(got, `:""`) != 9 {
		t.Errorf("an empty record is %s", got)
	}
}

func TestAppendKeepsOneValidLine(t *testing.T) {
	for text, want := range map[string]string{
		"\x00\x1f\x7f":       `"\u0000\u001f\u007f"`,
		"\r\n\t\b":           `"\r\n\t\u0008"`,
		"\u0085\u009f\u00a0": `"\u0085\u009f` + "\u00a0" + `"`,
		"\u2028\u2029":       `"\u2028\u2029"`,
		"a\xffb\xc3":         `"a` + "\ufffdb\ufffd" + `"`,
		"\xed\xa0\x80":       `"` + "\ufffd\ufffd\ufffd" + `"`,
		"\U0001F600/":        `"` + "\U0001F600/" + `"`,
	} {
		if got := string(appendString(nil, text)); got != want {
			t.Errorf("%q became %s, want %s", text, got, want)
		}
	}
}

const seven = `"license_key":"K-1","name":"N","email":"e@x","tier":"t","issued_at":"i","expires_at":"x","blob":"b"`

func TestParseTakesAnyJSON(t *testing.T) {
	want := Record{LicenseKey: "K-1", Name: "N", Email: "e@x", Tier: "t", IssuedAt: "i", ExpiresAt: "x", Blob: "b"}
	more := want
	more.KeyID, more.Note = "kid", "n"
	for line, want := range map[string]Record{
		"{" + seven + "}": want,
		" \t{ " + strings.NewReplacer(":", " : ", ",", " ,\t").Replace(seven) + " }\r":                          want,
		"{" + seven + `,"note":"n","key_id":"kid","x_other":{"a":[1,{"a":null,"name":1}]},"seats":5}`:           more,
		"{" + strings.Replace(seven, "license_key", `license\u005fkey`, 1) + "}":                                want,
		"{" + strings.Replace(seven, "K-1", `\u004B-\u0031`, 1) + "}":                                           want,
		`{"blob":"b","expires_at":"x","issued_at":"i","tier":"t","email":"e@x","name":"N","license_key":"K-1"}`: want,
	} {
		if got, err := Parse([]byte(line)); err != nil || got != want {
			t.Errorf("%s\ngot %+v, %v", line, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	secret := "PRIVATE-TEXT"
	for line, want := range map[string]string{
		"":                                     "not valid JSON",
		"null":                                 "not a JSON object",
		"[]":                                   "not a JSON object",
		`"text"`:                               "not a JSON object",
		"{":                                    "not valid JSON",
		"{}":                                   `no member "license_key"`,
		"{" + seven:                            "not valid JSON",
		"{" + seven + "}{}":                    "not valid JSON",
		"{" + seven + "} x":                    "not valid JSON",
		"\ufeff{" + seven + "}":                "not valid JSON",
		"{" + seven + "}\x00":                  "not valid JSON",
		"{" + seven + `,"a":"` + "\x01" + `"}`: "not valid JSON",
		"{" + seven + `,"a":"` + "\xff" + `"}`: "not UTF-8",
		"{" + seven + `,"name":"` + secret + `"}`:                                           "twice",
		"{" + seven + `,"n\u0061me":"` + secret + `"}`:                                      "twice",
		"{" + seven + `,"x":1,"x":"` + secret + `"}`:                                        "twice",
		"{" + seven + `,"order":4711}`:                                                      `"order" is not a text`,
		"{" + seven + `,"trial":"true"}`:                                                    `"trial" is neither true nor false`,
		"{" + seven + `,"trial":null}`:                                                      `"trial" is neither true nor false`,
		strings.Replace("{"+seven+"}", `"N"`, "null", 1):                                    `"name" is not a text`,
		strings.Replace("{"+seven+"}", `"blob"`, `"Blob"`, 1):                               `no member "blob"`,
		strings.Repeat("[", journal.MaxLine):                                                "nested",
		"{" + seven + `,"a":` + strings.Repeat(`{"a":`, 64) + "0" + strings.Repeat("}", 65): "nested",
		`{"a\"[":"` + secret:                                                                "not valid JSON",
	} {
		_, err := Parse([]byte(line))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%.80q: error %v, want %q", line, err, want)
		}
	}
}

func TestEveryFlippedByteIsReadOrRefused(t *testing.T) {
	line := sample().Append(nil)
	for i := range line {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			damaged := append([]byte(nil), line...)
			damaged[i] ^= flip
			if r, err := Parse(damaged); err == nil && r == sample() {
				t.Errorf("byte %d flipped by %#x changed nothing", i, flip)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	full := sample()
	full.Order, full.Replaces, full.Note = "1", "K", "\u2028\x1b[31m\xff"
	seeds := [][]byte{
		sample().Append(nil),
		full.Append(nil),
		Record{}.Append(nil),
		[]byte("{" + seven + `,"x":[{"y":null}]}`),
		[]byte(`{"license\u005fkey":"\ud800"}`),
		[]byte("null"),
	}
	parsed := 0
	for _, seed := range seeds {
		f.Add(seed)
		if _, err := Parse(seed); err == nil {
			parsed++
		}
	}
	if parsed < 4 {
		f.Fatalf("only %d seeds are records: the round trip would never be tried", parsed)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := Parse(line)
		if err != nil {
			return
		}
		again := r.Append(nil)
		if strings.ContainsAny(string(again), "\n\r\u2028\u2029\x1b") || !utf8.Valid(again) || !json.Valid(again) {
			t.Errorf("%q became %q", line, again)
		}
		if got, err := Parse(again); err != nil || got != r {
			t.Errorf("%+v became %+v, %v", r, got, err)
		}
	})
}

// FuzzAppend starts from the other end: whatever texts a record has, its line
// gives them back, with U+FFFD for what is not UTF-8.
func FuzzAppend(f *testing.F) {
	seeds := []string{sample().Name, "\xff\x00\u2028\"\\", "", "\U0010ffff\u200e\u0085"}
	added, mended := 0, 0
	for _, seed := range seeds {
		f.Add(seed, seed)
		added++
		if !utf8.ValidString(seed) {
			mended++
		}
	}
	if added < 4 || mended == 0 {
		f.Fatalf("%d seeds, %d of them not UTF-8: too few", added, mended)
	}
	f.Fuzz(func(t *testing.T, name, note string) {
		r := Record{Name: name, Note: note}
		want := Record{Name: string([]rune(name)), Note: string([]rune(note))}
		if got, err := Parse(r.Append(nil)); err != nil || got != want {
			t.Errorf("%+v became %+v, %v", r, got, err)
		}
	})
}
