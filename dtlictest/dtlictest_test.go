package dtlictest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/dtlictest"
	"github.com/dtlic/dtlic/keys"
)

func newKit(t *testing.T) *dtlictest.Kit {
	t.Helper()
	p, _ := keys.BuiltIn("", "") // a product build has no key in a test, and gets one
	return dtlictest.New(t, p)
}

func TestEveryKindOfLicense(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name    string
		options []dtlictest.Option
		want    error
	}{
		{"plain", nil, nil},
		{"tier", []dtlictest.Option{dtlictest.Tier("pro")}, nil},
		{"unknown tier", []dtlictest.Option{dtlictest.Tier("gold")}, nil},
		{"trial", []dtlictest.Option{dtlictest.Trial()}, nil},
		{"perpetual", []dtlictest.Option{dtlictest.Perpetual()}, nil},
		{"ends later", []dtlictest.Option{dtlictest.Ends(dtlictest.Start.Add(day))}, nil},
		{"ends now", []dtlictest.Option{dtlictest.Ends(dtlictest.Start)}, dtlic.ErrExpired},
		{"expired", []dtlictest.Option{dtlictest.Expired()}, dtlic.ErrExpired},
		{"starts later", []dtlictest.Option{dtlictest.Starts(dtlictest.Start.Add(day))}, dtlic.ErrNotYetValid},
		{"issued later", []dtlictest.Option{dtlictest.Issued(dtlictest.Start.Add(2 * day))}, dtlic.ErrNotYetValid},
		{"other product", []dtlictest.Option{dtlictest.ForProduct("other")}, dtlic.ErrWrongProduct},
		{"stranger", []dtlictest.Option{dtlictest.Stranger()}, dtlic.ErrUnknownKey},
		{"damaged", []dtlictest.Option{dtlictest.Damaged()}, dtlic.ErrBadSignature},
		{"cut off", []dtlictest.Option{dtlictest.CutOff()}, dtlic.ErrMalformed},
		{"damaged after it expired", []dtlictest.Option{dtlictest.Expired(), dtlictest.Damaged()}, dtlic.ErrBadSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			kit := newKit(t)
			v, err := dtlic.NewVerifier(kit.Product(), kit.Options())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(kit.License(c.options...)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestWhatAnOptionSaysStandsInTheLicense(t *testing.T) {
	kit := newKit(t)
	until := dtlictest.Start.AddDate(0, 1, 0)
	l := kit.Activate(
		dtlictest.Holder("Ada Løvelace", "ada@example.com"), dtlictest.Tier("lite"), dtlictest.LicenseKey("MY-1"),
		dtlictest.Features("batch-runner"), dtlictest.Limit("rows", 10), dtlictest.Limit("files", 3), dtlictest.UpdatesUntil(until),
	)
	if l.Name != "Ada Løvelace" || l.Email != "ada@example.com" || l.Tier != "lite" || l.LicenseKey != "MY-1" {
		t.Errorf("%+v", l)
	}
	if !l.Has("batch-runner") || !l.Has("deduplicator") || l.Has("table-joiner") {
		t.Errorf("it grants %v", l.Granted())
	}
	rows, _ := l.Limit("rows")
	files, _ := l.Limit("files")
	if rows != 10 || files != 3 {
		t.Errorf("limits %v", l.Limited())
	}
	if err := l.Covers(until.Add(time.Second)); !errors.Is(err, dtlic.ErrUpdatesEnded) {
		t.Errorf("a later build: %v", err)
	}
}

func TestLoadSeesWhatWasActivated(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []dtlictest.Option
		want    error
	}{
		{"valid", nil, nil},
		{"expired", []dtlictest.Option{dtlictest.Expired()}, dtlic.ErrExpired},
		{"to begin", []dtlictest.Option{dtlictest.Starts(dtlictest.Start.AddDate(0, 1, 0))}, dtlic.ErrNotYetValid},
	} {
		t.Run(c.name, func(t *testing.T) {
			kit := newKit(t)
			if _, err := dtlic.Load(kit.Product(), kit.Options()); !errors.Is(err, dtlic.ErrNotActivated) {
				t.Fatalf("before: %v", err)
			}
			activated := kit.Activate(c.options...)
			loaded, err := dtlic.Load(kit.Product(), kit.Options())
			if !errors.Is(err, c.want) {
				t.Fatalf("after: %v, want %v", err, c.want)
			}
			if (loaded.Blob() == activated.Blob()) != (c.want == nil) || activated.Has("deduplicator") != (c.want == nil) {
				t.Errorf("loaded %+v, activated %+v", loaded, activated)
			}
		})
	}
}

func TestTheClockMoves(t *testing.T) {
	kit := newKit(t)
	l := kit.Activate(dtlictest.Ends(dtlictest.Start.Add(time.Hour)))
	for _, c := range []struct {
		at   time.Duration
		want bool
	}{{0, true}, {time.Hour - 1, true}, {time.Hour, false}, {0, true}} {
		kit.SetNow(dtlictest.Start.Add(c.at))
		if l.Has("deduplicator") != c.want {
			t.Errorf("after %v: %v", c.at, !c.want)
		}
	}
}

func TestTwoKitsDoNotTrustEachOther(t *testing.T) {
	one, other := newKit(t), newKit(t)
	v, err := dtlic.NewVerifier(one.Product(), one.Options())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(other.License()); !errors.Is(err, dtlic.ErrUnknownKey) {
		t.Errorf("got %v", err)
	}
}

// failure stands for a test that is to fail.
type failure struct {
	testing.TB
	message string
}

func (f *failure) Helper() {}

func (f *failure) Fatalf(format string, args ...any) {
	f.message = format
	panic(f)
}

func TestWhatCannotBeFailsTheTest(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(tb testing.TB, p dtlic.Product)
	}{
		{"a product without tiers", func(tb testing.TB, p dtlic.Product) {
			p.Tiers = nil
			dtlictest.New(tb, p)
		}},
		{"a name with a control character", func(tb testing.TB, p dtlic.Product) {
			dtlictest.New(tb, p).License(dtlictest.Holder("a\x1bb", "a@example.com"))
		}},
		{"activating a damaged license", func(tb testing.TB, p dtlic.Product) {
			dtlictest.New(tb, p).Activate(dtlictest.Damaged())
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &failure{TB: t}
			defer func() {
				if recover() != any(f) || !strings.HasPrefix(f.message, "dtlictest: ") {
					t.Errorf("message %q", f.message)
				}
			}()
			c.run(f, newKit(t).Product())
			t.Error("nothing failed")
		})
	}
}
