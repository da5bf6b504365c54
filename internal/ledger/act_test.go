package ledger

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

var sums = []string{strings.Repeat("0a", 32), strings.Repeat("f9", 32)}

func sampleAct() Act {
	return Act{
		LicenseKey: "NOTES-1", Action: Revoke, At: "2026-11-21T12:00:00Z", Reason: "refund, order \"4711\"",
		Product: "notes", Name: "Zoë <Q>", Email: "zoe@example.com", Blobs: sums,
	}
}

func TestAppendActWritesTheFormatsOrder(t *testing.T) {
	act := sampleAct()
	want := `{"license_key":"NOTES-1","action":"revoke","at":"2026-11-21T12:00:00Z","reason":"refund, order \"4711\"",` +
		`"product":"notes","name":"Zoë <Q>","email":"zoe@example.com","blobs":["` + sums[0] + `","` + sums[1] + `"]}`
	if got := string(act.Append([]byte("before "))); got != "before "+want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	bare := Act{LicenseKey: "K", Action: Unrevoke, At: "2026-11-21T12:00:00Z"}
	want = `{"license_key":"K","action":"unrevoke","at":"2026-11-21T12:00:00Z","reason":"","product":"","name":"","email":"","blobs":[]}`
	if got := string(bare.Append(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

const threeOfAct = `"license_key":"K","action":"unrevoke","at":"2026-11-21T12:00:00+01:00"`

func TestParseActTakesAnyJSON(t *testing.T) {
	want := Act{LicenseKey: "K", Action: Unrevoke, At: "2026-11-21T12:00:00+01:00"}
	more := want
	more.Reason, more.Blobs = "by mistake", sums[:1]
	for line, want := range map[string]Act{
		"{" + threeOfAct + "}": want,
		" \t{ " + strings.ReplaceAll(threeOfAct, ",", " ,\t") + ", \"blobs\" : [ ] }\r":      want,
		`{"blobs":["` + sums[0] + `"],"reason":"by mistake",` + threeOfAct + "}":             more,
		"{" + strings.Replace(threeOfAct, `"action"`, `"act\u0069on"`, 1) + `,"seats":{}}`:   want,
		"{" + strings.Replace(threeOfAct, `"K"`, `"\u004b"`, 1) + `,"list":[1,{"at":null}]}`: want,
	} {
		if got, err := ParseAct([]byte(line)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot %+v, %v", line, got, err)
		}
	}
}

func TestParseActRefuses(t *testing.T) {
	secret := "PRIVATE-TEXT"
	with := func(old, fresh string) string { return "{" + strings.Replace(threeOfAct, old, fresh, 1) + "}" }
	for line, want := range map[string]string{
		"":                                     "not valid JSON",
		"[]":                                   "not a JSON object",
		"{}":                                   `no member "license_key"`,
		"{" + threeOfAct:                       "not valid JSON",
		"{" + threeOfAct + "}{}":               "not valid JSON",
		"{" + threeOfAct + `,"a":"` + "\xff\"": "not UTF-8",
		"{" + threeOfAct + `,"at":"` + secret + `"}`:           "twice",
		"{" + threeOfAct + `,"x":1,"\u0078":"` + secret + `"}`: "twice",
		with(`"K"`, `""`):                                       "license key is empty",
		with(`"K"`, `5`):                                        `"license_key" is not a text`,
		with(`"unrevoke"`, `"`+secret+`"`):                      "neither",
		with(`"unrevoke"`, `"Revoke"`):                          "neither",
		with(`"at"`, `"At"`):                                    `no member "at"`,
		with(`"2026-11-21T12:00:00+01:00"`, `"`+secret+`"`):     "time",
		with(`"2026-11-21T12:00:00+01:00"`, `""`):               "time",
		"{" + threeOfAct + `,"reason":null}`:                    `"reason" is not a text`,
		"{" + threeOfAct + `,"blobs":"` + sums[0] + `"}`:        `"blobs" is not a list`,
		"{" + threeOfAct + `,"blobs":[5]}`:                      "SHA-256",
		"{" + threeOfAct + `,"blobs":["` + sums[0][1:] + `"]}`:  "SHA-256",
		"{" + threeOfAct + `,"blobs":["` + sums[0][1:] + `A"]}`: "SHA-256",
		"{" + threeOfAct + `,"a":` + strings.Repeat(`{"a":`, 64) + "0" + strings.Repeat("}", 65): "nested",
	} {
		_, err := ParseAct([]byte(line))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%.80q: error %v, want %q", line, err, want)
		}
	}
}

func FuzzParseAct(f *testing.F) {
	act := sampleAct()
	seeds := [][]byte{
		act.Append(nil), []byte("{" + threeOfAct + "}"), []byte("{" + threeOfAct + `,"x":[{"y":null}],"reason":"\ud800\u2028"}`),
		(&Act{}).Append(nil), []byte(`{"license_key":"K","action":"revoke"`),
	}
	parsed := 0
	for _, seed := range seeds {
		f.Add(seed)
		if _, err := ParseAct(seed); err == nil {
			parsed++
		}
	}
	if parsed != 3 {
		f.Fatalf("%d seeds are acts, want 3", parsed)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		a, err := ParseAct(line)
		if err != nil {
			return
		}
		again := a.Append(nil)
		if strings.ContainsAny(string(again), "\n\r\u2028\u2029\x1b") || !utf8.Valid(again) || !json.Valid(again) {
			t.Errorf("%q became %q", line, again)
		}
		if got, err := ParseAct(again); err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("%+v became %+v, %v", a, got, err)
		}
	})
}
