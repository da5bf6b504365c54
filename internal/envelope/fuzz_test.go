package envelope_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/envelope"
)

// blobs returns the texts of the vectors for Verify.
func blobs(tb testing.TB) (all []string) {
	tb.Helper()
	data, err := os.ReadFile("../../testdata/vectors/dtlic2.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct {
		Verify []struct {
			Blob string `json:"blob"`
		} `json:"verify"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		tb.Fatal(err)
	}
	for _, c := range file.Verify {
		all = append(all, c.Blob)
	}
	if len(all) != 250 {
		tb.Fatalf("%d vectors, want 250", len(all))
	}
	return all
}

// Each envelope has one spelling: what Parse takes, Encode gives back.
func FuzzParse(f *testing.F) {
	for _, blob := range blobs(f) {
		if len(blob) < 2000 {
			f.Add(blob)
		}
	}
	small := envelope.Kind{Family: "DTCERT", Version: "1", Max: 300}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []envelope.Kind{envelope.License, small} {
			e, err := envelope.Parse(kind, text)
			if err != nil {
				continue
			}
			if got := e.Encode(kind); got != text {
				t.Fatalf("%q is written as %q", text, got)
			}
			if len(text) > kind.Max || len(e.Signature) != 64 || len(e.Payload) == 0 || !strings.HasPrefix(text, e.Signed+".") {
				t.Fatalf("%q gives %+v", text, e)
			}
		}
		envelope.ReadFragment(envelope.License, text)
	})
}

// What is read is JSON to encoding/json too, and means the same; what is
// refused is no JSON, or breaks a rule that stands in format.md.
func FuzzJSON(f *testing.F) {
	names, err := filepath.Glob("testdata/seeds/json/*")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			f.Add(strings.TrimSuffix(line, "\n"))
		}
	}
	for _, blob := range blobs(f) {
		if e, err := envelope.Parse(envelope.License, blob); err == nil && len(blob) < 2000 {
			f.Add(string(e.Payload))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := envelope.ParseJSON(text)
		if !json.Valid([]byte(text)) {
			if err == nil {
				t.Fatalf("%q is taken, and is no JSON", text)
			}
			return
		}
		strict := utf8.ValidString(text) && !loneSurrogate(text) && depth(text) <= envelope.MaxDepth && !duplicates(t, text)
		if strict != (err == nil) {
			t.Fatalf("%q: %v, by the rules it is fine: %v", text, err, strict)
		}
		if err != nil {
			return
		}
		var want any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := plain(&v); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %#v, encoding/json reads %#v", text, got, want)
		}
		if v.Raw != strings.Trim(text, " \t\r\n") {
			t.Fatalf("%q: raw %q", text, v.Raw)
		}
	})
}

// plain turns a value into what encoding/json makes of it.
func plain(v *envelope.Value) any {
	switch v.Type {
	case envelope.Bool:
		return v.True
	case envelope.Number:
		return json.Number(v.Text)
	case envelope.String:
		return v.Text
	case envelope.Array:
		items := []any{}
		for i := range v.Items {
			items = append(items, plain(&v.Items[i]))
		}
		return items
	case envelope.Object:
		members := map[string]any{}
		for i := range v.Members {
			members[v.Members[i].Name] = plain(&v.Members[i].Value)
		}
		return members
	}
	return nil
}

// The oracles below read well-formed JSON in ways of their own.

func loneSurrogate(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i++; text[i] != 'u' {
			continue
		}
		r := unicodeEscape(text[i+1:])
		i += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		rest := text[i+1:]
		if !strings.HasPrefix(rest, `\u`) || utf16.DecodeRune(r, unicodeEscape(rest[2:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

func unicodeEscape(s string) rune {
	n, err := strconv.ParseUint(s[:4], 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

func depth(text string) (deepest int) {
	level, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == '{' || c == '['):
			level++
			deepest = max(deepest, level)
		case !inString && (c == '}' || c == ']'):
			level--
		}
	}
	return deepest
}

func duplicates(t *testing.T, text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	type level struct {
		names map[string]bool // nil in a list
		value bool            // the next token of an object is a value
	}
	var stack []*level
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		top := &level{}
		if len(stack) > 0 {
			top = stack[len(stack)-1]
		}
		delim, isDelim := token.(json.Delim)
		if top.names != nil && !(isDelim && delim == '}') {
			if !top.value {
				name, ok := token.(string)
				if !ok {
					t.Fatalf("%q: a name is %v", text, token)
				}
				if top.names[name] {
					return true
				}
				top.names[name] = true
			}
			top.value = !top.value
		}
		switch {
		case isDelim && delim == '{':
			stack = append(stack, &level{names: map[string]bool{}})
		case isDelim && delim == '[':
			stack = append(stack, &level{})
		case isDelim:
			stack = stack[:len(stack)-1]
		}
	}
}
