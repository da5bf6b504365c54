package creatorcli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/mailtext"
)

func TestCheckReason(t *testing.T) {
	for reason, want := range map[string]string{
		"refund":                  "",
		" refund ":                "",
		"Rückgabe, \"4711\" 💸":    "",
		"رضا\u200cزاده":           "",
		strings.Repeat("é", 500):  "",
		"":                        "a reason is needed",
		" \t ":                    "a reason is needed",
		strings.Repeat("é", 501):  "and this one has 501",
		"a\tb":                    "U+0009",
		"a\x1b[2Jb":               "U+001B",
		"a\u0085b":                "U+0085",
		"a\u202eb":                "U+202E",
		"a\u2028b":                "U+2028",
		"a\u200eb":                "U+200E",
		"a\ufeffb":                "U+FEFF",
		"a\xffb":                  "not UTF-8",
		"refund\nDTLIC2: see you": "U+000A",
	} {
		if err := checkReason(reason); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", reason, err, want)
		}
	}
}

func TestIsLicenseKey(t *testing.T) {
	for word, want := range map[string]bool{
		"NOTES-STUDIO-5dd8e1db-d90c4656": true, "a": true, "My.key_1": true, strings.Repeat("K", 64): true,
		"": false, strings.Repeat("K", 65): false, "-K": false, "a/b": false, "a b": false, "ada@example.com": false,
		strings.Repeat("0123456789abcdef", 4): false, // a signing key
		"\u212aEY":                            false, // the sign for kelvin, a k in lower case
	} {
		if got := isLicenseKey(word); got != want {
			t.Errorf("%q: %v", word, got)
		}
	}
}

func TestPutFailures(t *testing.T) {
	held := fmt.Errorf("%w: another program holds it", journal.ErrLock)
	for _, c := range []struct {
		err  error
		code dtlic.Code
	}{
		{held, cli.CodeLocked},
		{fmt.Errorf("%w: %w", journal.ErrLock, syscall.EROFS), dtlic.CodeIO},
		{fmt.Errorf("line 1: %w", ledger.ErrIsLog), cli.CodeBadRecord},
		{syscall.ENOSPC, dtlic.CodeIO},
	} {
		if err := putFailure(c.err); dtlic.CodeOf(err) != c.code || !strings.Contains(err.Error(), "nothing was recorded") {
			t.Errorf("%v: %v", c.err, err)
		}
	}
	if err := putFailure(fmt.Errorf("%w: %w", journal.ErrLock, context.Canceled)); !errors.Is(err, context.Canceled) || dtlic.CodeOf(err) == cli.CodeLocked {
		t.Errorf("interrupted: %v", err)
	}
}

// A blob that cannot be read, as of an older version, leaves what the log says.
func TestMailOfAnOlderBlob(t *testing.T) {
	template, err := mailtext.Parse("{name} {license_key} {tier} {ends} {updates_until}\n{license}")
	if err != nil {
		t.Fatal(err)
	}
	r := ledger.Record{
		LicenseKey: "K-1", Name: "Ada Buyer", Tier: "core", ExpiresAt: "9999-12-31T23:59:59Z", UpdatesUntil: "2027-06-30T23:59:59Z",
		Blob: "DTLIC1:" + strings.Repeat("A", 80),
	}
	want := "Ada Buyer K-1 core never 2027-06-30\n" + r.Blob + "\n"
	if got := (&mailTemplate{Template: template}).of(&dtlic.Product{}, &r); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
