package mailtext

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

var ada = Values{
	Name: "Ada Buyer", Title: "Notes", Program: "notes-license", Support: "help@example.com",
	License: "DTLIC2:AAA.BBB.CCC", LicenseKey: "NOTES-1", Tier: "studio", Ends: "2027-11-21", UpdatesUntil: "never",
	Command: "renew",
}

func fill(t *testing.T, text string, v Values) string {
	t.Helper()
	template, err := Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return template.Fill(v)
}

func TestFill(t *testing.T) {
	for text, want := range map[string]string{
		"{license}":                             "DTLIC2:AAA.BBB.CCC\n",
		"\ufeff{license}\r\nBye":                "DTLIC2:AAA.BBB.CCC\nBye\n",
		"Hi {name}\n{license}\n":                "Hi Ada Buyer\nDTLIC2:AAA.BBB.CCC\n",
		"{{{name}}}\n{license}\n":               "{Ada Buyer}\nDTLIC2:AAA.BBB.CCC\n",
		"{{license}} {{}}}}{{\n{license}\n\n\n": "{license} {}}{\nDTLIC2:AAA.BBB.CCC\n\n\n",
		"DTLIC2: to its end, not DTLIC1:, nor DTLIC2:…\n{license}":    "DTLIC2: to its end, not DTLIC1:, nor DTLIC2:…\nDTLIC2:AAA.BBB.CCC\n",
		"{program} {command}\n{license}":                              "notes-license renew\nDTLIC2:AAA.BBB.CCC\n",
		"{title}{program}{support}\n{license}":                        "Notesnotes-licensehelp@example.com\nDTLIC2:AAA.BBB.CCC\n",
		"\t{license_key}, {tier}: {ends} {updates_until}.\n{license}": "\tNOTES-1, studio: 2027-11-21 never.\nDTLIC2:AAA.BBB.CCC\n",
		"שלום\u200f {name} 👩\u200d💻 ✔️\n{license}":                    "שלום\u200f Ada Buyer 👩\u200d💻 ✔️\nDTLIC2:AAA.BBB.CCC\n",
	} {
		if got := fill(t, text, ada); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Whatever a holder is called, the text has the template's lines and its own license.
func TestValuesAreNoTemplates(t *testing.T) {
	for name, want := range map[string]string{
		"{license}":               "{license}",
		"}{name}{{":               "}{name}{{",
		"Eve\nBcc: all":           "Eve\ufffdBcc: all",
		"Eve\r\u2028\u2029\x1b[m": "Eve\ufffd\ufffd\ufffd\ufffd[m",
		"\u202etxt\u00ad\ufeff":   "\ufffdtxt\ufffd\ufffd",
		"\xff":                    "\ufffd",
		"رضا\u200cزاده":           "رضا\u200cزاده",
		"":                        "",
	} {
		v := ada
		v.Name = name
		if got := fill(t, "To {name}.\n{license}\n", v); got != "To "+want+".\nDTLIC2:AAA.BBB.CCC\n" {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	old := "DTLIC2:" + strings.Repeat("A", 11) + ".eyJhIjoxfQ." + strings.Repeat("A", 86)
	long := strings.Repeat("x", MaxTemplate-len("{license}\n")+1) + "\n{license}"
	for text, want := range map[string]struct {
		line int
		why  string
	}{
		"":                                       {0, "no line {license}"},
		"Hello {name}":                           {0, "no line {license}"},
		"{{license}}":                            {0, "no line {license}"},
		"Hello {nmae}\n{license}":                {1, "no placeholder {nmae}; there are {name} {title} {program} {command} {support} {license}"},
		"\n\n{Name}\n{license}":                  {3, "no placeholder {Name}"},
		"{ name }\n{license}":                    {1, "no placeholder { name }"},
		"{}\n{license}":                          {1, "no placeholder {}"},
		"{" + strings.Repeat("é", 60) + "}":      {1, "no placeholder {" + strings.Repeat("é", 39) + "…;"},
		"{name\n}{license}":                      {1, "a { stands alone; for the character itself write {{"},
		"a } b\n{license}":                       {1, "a } stands alone; for the character itself write }}"},
		"{license}\n{":                           {2, "a { stands alone"},
		"{license}\n> " + old:                    {2, "another license"},
		"Your last one: " + old + ".\n{license}": {1, "another license"},
		"{license}\n" + old[:20] + "…":           {2, "another license"},
		"{license}\n\nDTLIC1:abcdefghijkl":       {3, "another license"},
		"{license}\nDTLIC10:abcdefghijkl":        {2, "another license"},
		"{license}\n\n{license}":                 {3, "again"},
		" {license}":                             {1, "alone on its line"},
		"{license} ":                             {1, "alone on its line"},
		"\r\nLicense: {license}\r\n":             {2, "alone on its line"},
		"{license}{license}":                     {1, "alone on its line"},
		"{license}\nstop\x1b[2J":                 {2, "U+001B"},
		"{license}\na\rb":                        {2, "U+000D"},
		"{license}\n\u202eevil":                  {2, "U+202E"},
		"{license}\na\u2028b":                    {2, "U+2028"},
		"{license}\na\u00adb":                    {2, "U+00AD"},
		"a\ufeffb\n{license}":                    {1, "U+FEFF"},
		"\xff\xfeH\x00i\x00":                     {1, "save it as UTF-8"},
		"one\ntwo\n\xff\n{license}":              {3, "not UTF-8"},
		"one \ufffd\ntwo \xc3\n{license}":        {2, "not UTF-8"},
		long:                                     {0, "16385 bytes, and 16384 are the limit"},
	} {
		_, err := Parse(text)
		var e *Error
		if !errors.As(err, &e) || e.Line != want.line || !strings.Contains(err.Error(), want.why) {
			t.Errorf("%.60q: %v, want line %d: %s", text, err, want.line, want.why)
		}
	}
	if _, err := Parse(long[1:]); err != nil {
		t.Errorf("of the greatest length: %v", err)
	}
}

// What a template is read as reads as itself.
func TestSource(t *testing.T) {
	template, err := Parse("\ufeff{{a}}\r\n\r\n{license}")
	if err != nil || template.Source() != "{{a}}\n\n{license}\n" {
		t.Errorf("%q, %v", template.Source(), err)
	}
}

func FuzzTemplate(f *testing.F) {
	taken := 0
	for _, seed := range []string{"{license}", "{{{name}}}\r\n{license}\n{ends}", "\ufeffa\n{license}\n}}", "{nmae}", "{license", "\xff"} {
		f.Add(seed, "Ada\n{license}\x1b")
		if _, err := Parse(seed); err == nil {
			taken++
		}
	}
	if taken != 3 {
		f.Fatalf("%d seeds are templates, want 3", taken)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		template, err := Parse(text)
		if err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) || e.Line > 1+strings.Count(text, "\n") || !utf8.ValidString(err.Error()) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := Parse(template.Source())
		v := ada
		v.Name = name
		got := template.Fill(v)
		if err != nil || again.Fill(v) != got {
			t.Errorf("%q reads as %q, which is another, %v", text, template.Source(), err)
		}
		if strings.Count(got, "\n") != strings.Count(template.Source(), "\n") || !utf8.ValidString(got) || strings.Contains(got, "\x1b") {
			t.Errorf("%q and %q became %q", text, name, got)
		}
		licenses := 0
		for line := range strings.Lines(got) {
			if line == ada.License+"\n" {
				licenses++
			}
		}
		if licenses < 1 || licenses > 1 && !strings.Contains(text+name, ada.License) {
			t.Errorf("%q became %q with %d licenses", text, got, licenses)
		}
	})
}
