package cli

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestIndentedIsWhatTheLibraryWrites compares the document written value by value
// with the library's indentation of the whole.
func TestIndentedIsWhatTheLibraryWrites(t *testing.T) {
	inner := Document{{"text", "a\"b\\c\u00a0\u202e日\x7f\xff"}, {"none", nil}, {"list", []string{}}, {"empty", Document{}}}
	for _, d := range []Document{
		nil,
		{},
		inner,
		{
			{"truth", true},
			{"int", -1},
			{"int64", int64(1) << 60},
			{"list", []string{"a", "ü"}},
			{"limits", map[string]int64{"b": 2, "a": 1}},
			{"no limits", map[string]int64{}},
			{"raw", json.RawMessage(`{ "a" :[1 , {"b": null}] , "c":{}}`)},
			{"raw number", json.RawMessage(`1e3`)},
			{"inner", inner},
			{"documents", []Document{inner, {}, nil}},
			{"name \"\n", ""},
		},
	} {
		for _, prefix := range []string{"", "  ", "\t"} {
			var want bytes.Buffer
			if err := json.Indent(&want, d.append(nil), prefix, "  "); err != nil {
				t.Fatal(err)
			}
			got, err := d.Indented(prefix)
			if err != nil || got != Visible(want.String()) {
				t.Errorf("%v behind %q: %v\n%s\nwant\n%s", d, prefix, err, got, want.Bytes())
			}
		}
	}
	if text, err := (Document{{"raw", json.RawMessage(`{`)}}).Indented(""); err == nil {
		t.Errorf("a value that is no JSON was written: %s", text)
	}
}

func TestVisibleEscapesWhatNobodySees(t *testing.T) {
	for text, want := range map[string]string{
		"plain ~":                     "plain ~",
		"Zoë":                         "Zoë",
		"a\x7fb":                      `a\u007fb`,
		"\u202e" + "\U000e0001" + "日": `\u202e\udb40\udc01日`,
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
