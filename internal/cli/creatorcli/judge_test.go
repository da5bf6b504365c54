package creatorcli

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/mint"
)

// logFixture makes a log of real licenses.
type logFixture struct {
	product dtlic.Product
	key     *mint.Key
	app     *app
}

func newLogFixture(tb testing.TB) *logFixture {
	tb.Helper()
	seed := sha256.Sum256([]byte("a made-up key for tests of the log"))
	private := ed25519.NewKeyFromSeed(seed[:])
	key, err := mint.NewKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := dtlic.NewPublicKey(key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	f := &logFixture{key: key, product: dtlic.Product{
		Name: "notes", Title: "Notes", Program: "notes-license", Support: "help@example.com", LicenseKeyPrefix: "NOTES", EnvPrefix: "NOTES",
		Directory: ".notes", Keys: []dtlic.TrustedKey{{PublicKey: public, Role: dtlic.RoleIssuing}},
		Tiers:       map[string]dtlic.Tier{"basic": {Features: []string{"export"}}, "studio": {Features: []string{"export", "batch"}}},
		DefaultTier: "basic", DefaultTerm: "1y",
	}}
	f.app = &app{App: &cli.App{Env: cli.Env{
		Stderr: new(bytes.Buffer), Getenv: func(string) string { return "" }, Disk: fsys.OS,
		Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
	}}}
	return f
}

// record mints the nth license.
func (f *logFixture) record(tb testing.TB, n int) ledger.Record {
	tb.Helper()
	random := bytes.NewReader(fmt.Appendf(nil, "%08d", n))
	at := time.Date(2026, 1, 1, 0, 0, n, 0, time.UTC)
	l, err := mint.License(&f.product, mint.Request{Name: fmt.Sprintf("Ada Buyer %d", n), Email: fmt.Sprintf("ada%d@example.com", n)}, at, random)
	if err != nil {
		tb.Fatal(err)
	}
	blob, err := f.key.Sign(&l)
	if err != nil {
		tb.Fatal(err)
	}
	return record(&issued{license: l, keyID: keyID(f.key), blob: blob}, "")
}

// log writes a log of so many licenses.
func (f *logFixture) log(tb testing.TB, count int) *ledger.Ledger {
	tb.Helper()
	lines := make([][]byte, count)
	var group sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for n := worker; n < count; n += runtime.GOMAXPROCS(0) {
				lines[n] = append(f.record(tb, n).Append(nil), '\n')
			}
		})
	}
	group.Wait()
	path := filepath.Join(tb.TempDir(), "issued.jsonl")
	if err := os.WriteFile(path, bytes.Join(lines, nil), 0o600); err != nil {
		tb.Fatal(err)
	}
	return ledger.New(journal.Journal{FS: fsys.OS, Path: path, Now: f.app.Now})
}

func TestTheJudgeSaysWhatMintWrote(t *testing.T) {
	f := newLogFixture(t)
	judge, err := f.app.logJudge(&f.product)
	if err != nil {
		t.Fatal(err)
	}
	want := f.record(t, 7)
	got, finding := judge.Verify(want.Blob)
	if finding != nil || got != want {
		t.Errorf("it says %v, %v", got, finding)
	}
	other := *f
	other.product.Name = "letters"
	for blob, class := range map[string]ledger.Class{
		"":              ledger.BadLicense,
		"x":             ledger.BadLicense,
		"DTLIC1:abc":    ledger.OtherKind,
		"DTLIC3:abc":    ledger.OtherKind,
		want.Blob + "A": ledger.BadLicense,
		strings.Replace(want.Blob, ".eyJsaWN", ".eyJsaWM", 1):        ledger.BadSignature,
		"DTLIC2:AAAAAAAAAAA" + want.Blob[len("DTLIC2:AAAAAAAAAAA"):]: ledger.UnknownKey,
		other.record(t, 1).Blob:                                      ledger.OtherProduct,
	} {
		_, finding := judge.Verify(blob)
		if finding == nil || finding.Class != class || finding.What == "" || strings.Contains(finding.What, "eyJ") {
			t.Errorf("%.40q: %v, want %s", blob, finding, class)
		}
	}
	if got := judge.Find("mailed " + want.Blob + "\x00 and more"); len(got) != 1 || got[0] != want.Blob {
		t.Errorf("found %q", got)
	}
	if got := judge.Find("nothing"); len(got) != 0 {
		t.Errorf("found %q", got)
	}
}

func TestCheckOfRealLicenses(t *testing.T) {
	f := newLogFixture(t)
	judge, err := f.app.logJudge(&f.product)
	if err != nil {
		t.Fatal(err)
	}
	report, err := f.log(t, 2000).Check(context.Background(), judge, nil)
	if err != nil || report.Records != 2000 || len(report.Findings) > 0 {
		t.Errorf("%v, %v", report, err)
	}
}

// BenchmarkLogCheck measures a check against verifying as many signatures one by
// one on one processor.
func BenchmarkLogCheck(b *testing.B) {
	const count = 20_000
	f := newLogFixture(b)
	judge, err := f.app.logJudge(&f.product)
	if err != nil {
		b.Fatal(err)
	}
	log := f.log(b, count)
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if report, err := log.Check(context.Background(), judge, nil); err != nil || report.Records != count {
				b.Fatal(report, err)
			}
		}
	})
	b.Run("repair", func(b *testing.B) {
		for b.Loop() {
			if done, err := log.PlanRepair(context.Background(), judge, false, nil); err != nil || !done.IsNothing() {
				b.Fatal(done, err)
			}
		}
	})
	b.Run("one-by-one", func(b *testing.B) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		for b.Loop() {
			for entry, err := range log.Records() {
				if err != nil {
					b.Fatal(err)
				}
				if _, finding := judge.Verify(entry.Record.Blob); finding != nil {
					b.Fatal(finding)
				}
			}
		}
	})
	b.Run("signatures", func(b *testing.B) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		seed := sha256.Sum256([]byte("another"))
		private := ed25519.NewKeyFromSeed(seed[:])
		message := make([]byte, 450) // about as long as what a license signs
		signature := ed25519.Sign(private, message)
		public := private.Public().(ed25519.PublicKey)
		for b.Loop() {
			for range count {
				if !ed25519.Verify(public, message, signature) {
					b.Fatal("it does not hold")
				}
			}
		}
	})
}
