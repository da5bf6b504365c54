package ui

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

func TestMessages(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(*bytes.Buffer, Theme)
		want  string
	}{
		{
			"error", func(b *bytes.Buffer, t Theme) { Error(b, t, "dtlic", "cannot read \"x\"", "no such file", "") },
			"dtlic: error: cannot read \"x\": no such file\n",
		},
		{"error alone", func(b *bytes.Buffer, t Theme) { Error(b, t, "dtlic", "it failed", "", "") }, "dtlic: error: it failed\n"},
		{
			"error with hint", func(b *bytes.Buffer, t Theme) { Error(b, t, "dtlic", "it failed", "why", "run: dtlic init") },
			"dtlic: error: it failed: why\ndtlic: hint: run: dtlic init\n",
		},
		{
			"hostile", func(b *bytes.Buffer, t Theme) { Error(b, t, "a\x1b", "b\nc", "d\u202e", "e\r\nf") },
			"a\\u{001B}: error: b\\nc: d\\u{202E}\na\\u{001B}: hint: e\\r\\nf\n",
		},
		{
			"warning", func(b *bytes.Buffer, t Theme) { Warn(b, t, "dtlic", "no record", "log it") },
			"dtlic: warning: no record\ndtlic: hint: log it\n",
		},
		{"note", func(b *bytes.Buffer, t Theme) { Note(b, t, "dtlic", "nothing changed") }, "dtlic: note: nothing changed\n"},
	} {
		var plain, colored bytes.Buffer
		test.write(&plain, NewTheme(false))
		test.write(&colored, NewTheme(true))
		if plain.String() != test.want {
			t.Errorf("%s: %q, want %q", test.name, plain.String(), test.want)
		}
		if got := stripStyles(colored.String()); got != test.want || !strings.Contains(colored.String(), ": \x1b[1;3") {
			t.Errorf("%s, colored: %q", test.name, colored.String())
		}
	}
}

func TestPlain(t *testing.T) {
	for document, want := range map[string]string{
		`{"state":"active","days_left":132,"trial":true,"error":null,"name":"Jana\nN\u202e"}`: "state: active\ndays_left: 132\n" +
			"trial: true\nerror:\nname: Jana\\nN\\u{202E}\n",
		`{"error":{"code":"expired","hint":""}}`:                  "error.code: expired\nerror.hint:\n",
		`{"features":["a","b"],"none":[],"limits":{"rows":1}}`:    "features: a,b\nnone:\nlimits.rows: 1\n",
		`{"keys":[{"id":"x"},{"id":"y"}],"m":[[1,2],[3]],"o":{}}`: "keys[0].id: x\nkeys[1].id: y\nm[0]: 1,2\nm[1]: 3\n",
		`[{"a":9007199254740993}]`:                                "[0].a: 9007199254740993\n",
	} {
		var b bytes.Buffer
		if err := Plain(&b, []byte(document)); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v; want %q", document, b.String(), err, want)
		}
	}
	for _, document := range []string{``, `1`, `{"a":`, `{"a":[1`, `[{"a"`, `{"a":{"b":`, `[[`} {
		var b bytes.Buffer
		if err := Plain(&b, []byte(document)); err == nil || b.Len() > 0 {
			t.Errorf("%s: %q, %v", document, b.String(), err)
		}
	}
	if err := Plain(brokenWriter{}, []byte(`{"a":1}`)); !errors.Is(err, errBroken) {
		t.Errorf("Plain: %v", err)
	}
}

func TestTable(t *testing.T) {
	header := []string{"ENDS", "NAME", "TIER"}
	rows := [][]string{{"2027-04-02", "Jana Nováková", "studio"}, {"never", "山田太郎", "basic"}, {"\x1b[31m"}}
	for _, test := range []struct {
		width, shrink int
		want          string
	}{
		{
			80, 1, "ENDS          NAME           TIER\n" +
				"2027-04-02    Jana Nováková  studio\n" +
				"never         山田太郎       basic\n" +
				"\\u{001B}[31m\n",
		},
		{
			32, 1, "ENDS          NAME        TIER\n" +
				"2027-04-02    Jana Nová…  studio\n" +
				"never         山田太郎    basic\n" +
				"\\u{001B}[31m\n",
		},
		{
			32, -1, "ENDS         NAME         TIER\n" +
				"2027-04-02   Jana Novák…  studio\n" +
				"never        山田太郎     basic\n" +
				"\\u{001B}[3…\n",
		},
		{20, 0, "ENDS   NAME   TIER\n2027…  Jana…  studio\nnever  山田…  basic\n\\u{0…\n"},
		{5, 0, ""}, // nothing sensible, and no wider
	} {
		var b bytes.Buffer
		if err := Table(&b, Theme{}, test.width, header, rows, test.shrink); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if w := lipgloss.Width(strings.TrimSuffix(line, "\n")); w > test.width {
				t.Errorf("at %d columns a line has %d: %q", test.width, w, line)
			}
		}
		if test.want != "" && b.String() != test.want {
			t.Errorf("at %d columns:\n%s", test.width, b.String())
		}
	}
	var b bytes.Buffer
	if err := Table(&b, NewTheme(true), 80, header, nil, 0); err != nil || b.Len() > 0 {
		t.Errorf("a table without rows: %q, %v", b.String(), err)
	}
	if err := Table(&b, NewTheme(true), 80, header, rows, 0); err != nil || strings.Count(b.String(), "\x1b[") != 2 {
		t.Errorf("only the header is styled: %q, %v", b.String(), err)
	}
}

func TestTSV(t *testing.T) {
	var b bytes.Buffer
	if err := TSV(&b, [][]string{{"a", "b c", ""}, {"tab\tline\n", "\u202e"}}); err != nil {
		t.Fatal(err)
	}
	if want := "a\tb c\t\ntab\\tline\\n\t\\u{202E}\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
