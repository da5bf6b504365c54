package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
)

func TestWithoutSecrets(t *testing.T) {
	seed := strings.Repeat("0123456789abcdef", 4)
	ageKey := "AGE-SECRET-KEY-1" + strings.Repeat("QPZRY9X8GF2TVDW0", 4)[:58]
	for text, want := range map[string]string{
		"cannot read \"" + ageKey + "\"":               "cannot read \"[hidden]\"",
		strings.ToLower(ageKey) + ", " + ageKey:        hidden + ", " + hidden,
		"age1" + strings.Repeat("qpzry9x8gf2tvdw0", 4): "age1" + strings.Repeat("qpzry9x8gf2tvdw0", 4),
		"":                                  "",
		"unknown command \"" + seed + "\"":  "unknown command \"[hidden]\"",
		seed:                                hidden,
		strings.ToUpper(seed):               hidden,
		seed[:63]:                           hidden,
		seed[:60]:                           hidden,
		"O" + seed[1:]:                      hidden,
		seed + seed:                         hidden,
		"PRIVKEY=" + seed + ", and " + seed: "PRIVKEY=[hidden], and [hidden]",
		"é" + seed + "é":                    "é[hidden]é",
		seed[:40]:                           seed[:40], // a commit
		"DT1-CORE-5dd8e1db-d90c4656":        "DT1-CORE-5dd8e1db-d90c4656",
		strings.Repeat("license", 12):       strings.Repeat("license", 12),
		"eyJsaWNlbnNlX2tleSI6IkRUMS1DT1JFLTVjNTE4eyJsaWNlbnNlX2tleSI6IkRU": "eyJsaWNlbnNlX2tleSI6IkRUMS1DT1JFLTVjNTE4eyJsaWNlbnNlX2tleSI6IkRU",
	} {
		if got := withoutSecrets(text); got != want {
			t.Errorf("withoutSecrets(%q) = %q, want %q", text, got, want)
		}
		if HoldsSecret(text) != (text != want) {
			t.Errorf("HoldsSecret(%q) = %v", text, HoldsSecret(text))
		}
	}
}

// TestFailureHidesSecrets: whatever part of an error quotes a key.
func TestFailureHidesSecrets(t *testing.T) {
	seed := strings.Repeat("0123456789abcdef", 4)
	for _, err := range []error{
		errors.New("x " + seed),
		Usage("x %q", seed),
		Fail(dtlic.CodeIO, "x", "y "+seed, "z "+seed),
		IO("x", errors.New(seed)),
	} {
		f := asFailure(err)
		if text := f.Error() + f.Hint; strings.Contains(text, seed) || !strings.Contains(text, hidden) {
			t.Errorf("%q", text)
		}
	}
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":"b"}`:           `{"a":"b"}`,
		`"Zoë <&> 日本 😀"`:      `"Zoë <&> 日本 😀"`,
		"\"\u202e\"":          `"\u202e"`,
		"\"\u007f\u009b\"":    `"\u007f\u009b"`,
		"\"\u200b\ufeff\"":    `"\u200b\ufeff"`,
		"\"\U000e0041\"":      `"\udb40\udc41"`,
		"{\n  \"a\": null\n}": "{\n  \"a\": null\n}",
	} {
		if got := Visible(text); got != want {
			t.Errorf("Visible(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestExitCodes: the table of docs/exit-codes.md.
func TestExitCodes(t *testing.T) {
	for want, codes := range map[int][]dtlic.Code{
		0: {""},
		1: {dtlic.CodeIO, CodeLocked, CodeNotFound, CodeBadRecord, "a code that is not known"},
		2: {CodeUsage},
		3: {
			dtlic.CodeExpired, dtlic.CodeNotYetValid, dtlic.CodeRevoked, dtlic.CodeWrongMachine, dtlic.CodeHolderMismatch,
			dtlic.CodeNotLater, dtlic.CodeUpdatesEnded,
		},
		4: {
			dtlic.CodeMalformed, dtlic.CodeUnsupported, dtlic.CodeUnknownKey, dtlic.CodeBadSignature,
			dtlic.CodeUnsupportedCritical, dtlic.CodeWrongProduct, dtlic.CodeNotDelegated,
		},
		5:   {dtlic.CodeNotActivated},
		6:   {dtlic.CodeUnsafeBuild},
		130: {CodeInterrupted},
	} {
		for _, code := range codes {
			if got := exitCode(code); got != want {
				t.Errorf("exit code of %q is %d, want %d", code, got, want)
			}
		}
	}
}

func TestSingleBackslashes(t *testing.T) {
	for _, path := range []string{`C:\Users\Ada Büyer\.notes\license.json`, `\\server\share\x`, `C:\`} {
		if got, want := singleBackslashes(fmt.Sprintf("cannot read %q", path)), `cannot read "`+path+`"`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever way an error takes to a person, a backslash of it is made single once.
func TestWindowsPathInAnError(t *testing.T) {
	if filepath.Separator != '\\' {
		t.Skip("only Windows has such paths")
	}
	const path = `\\server\share\license.json`
	err := asFailure(asFailure(IO("cannot read it", fmt.Errorf("%q", path))))
	document, ok := ErrorValue(err).(Document)
	if !ok || document[1].Value != `cannot read it: "`+path+`"` {
		t.Errorf("the document has %v", document)
	}
	if shown := asShown(err); shown.Why != `"`+path+`"` {
		t.Errorf("shown as %s", shown.Why)
	}
}
