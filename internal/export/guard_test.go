package export

import "testing"

func TestGuarded(t *testing.T) {
	for cell, want := range map[string]string{
		"":                  "",
		"Ada Buyer":         "Ada Buyer",
		"ada@example.com":   "ada@example.com",
		"2026-11-21":        "2026-11-21",
		"DT1-CORE-1":        "DT1-CORE-1",
		"=1+1":              "'=1+1",
		"+49 30 1":          "'+49 30 1",
		"-1":                "'-1",
		"@SUM(A1)":          "'@SUM(A1)",
		"＝1":                "'＝1",
		"＋1":                "'＋1",
		"－1":                "'－1",
		"＠A":                "'＠A",
		"\t=1":              "'\t'=1",
		"\r=1":              "'\r'=1",
		"  =1":              "  '=1",
		"\u00a0=1":          "\u00a0'=1",
		"\ufeff=1":          "\ufeff'=1",
		"\"=1":              "\"'=1",
		"a;=1":              "a;'=1",
		"a; \"=1":           "a; \"'=1",
		"a|@b":              "a|'@b",
		"a\t+1":             "a\t'+1",
		"a\n-1":             "a\n'-1",
		"a\u2028=1":         "a\u2028'=1",
		"'=1":               "'=1", // an apostrophe is there
		"a = b":             "a = b",
		"first-last, +more": "first-last, +more",
	} {
		if got := guarded(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}
