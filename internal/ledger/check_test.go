package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/fsys/faultfs"
	"github.com/dtlic/dtlic/internal/journal"
)

// logWith is a log that has exactly this text.
func logWith(t *testing.T, text string) *Ledger {
	t.Helper()
	l := logOf(t)
	put(t, l.Path(), text)
	return l
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func checked(t *testing.T, l *Ledger) Report {
	t.Helper()
	report, err := l.Check(context.Background(), testJudge(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// brief says what was found: "2 corrupt, 5 key_twice".
func brief(found []Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, fmt.Sprintf("%d %s", f.Line, f.Class))
	}
	return strings.Join(all, ", ")
}

// changed is a record whose license says something else.
func changed(r Record, change func(*Record)) string {
	change(&r)
	return lineOf(r)
}

// renewal is a later record of the license key of another, for the same holder.
func renewal(of Record, n int, linked bool) Record {
	r := nth(n)
	r.LicenseKey, r.Name, r.Email = of.LicenseKey, of.Name, of.Email
	r = signed(r)
	if linked {
		r.Replaces = fmt.Sprintf("%x", sha256.Sum256([]byte(of.Blob)))
	}
	return r
}

var checkCases = map[string]struct{ text, want string }{
	"an empty log":               {"", ""},
	"a good log":                 {lineOf(nth(1)) + "\n" + lineOf(nth(2)) + "\n", ""},
	"no last line feed":          {lineOf(nth(1)) + "\n" + lineOf(nth(2)), ""},
	"a torn tail":                {lineOf(nth(1)) + "\n" + lineOf(nth(2))[:200], "2 torn_tail"},
	"a long tail":                {lineOf(nth(1)) + "\n" + strings.Repeat("x", journal.MaxLine+1), "2 torn_tail"},
	"not UTF-8":                  {lineOf(nth(1)) + "\n" + strings.Replace(lineOf(nth(2)), "ë", "\xc3", 1) + "\n", "2 corrupt"},
	"not JSON":                   {"hello\n" + lineOf(nth(1)) + "\n", "1 corrupt"},
	"NULs":                       {strings.Repeat("\x00", 4096) + "\n" + lineOf(nth(1)) + "\n", "1 corrupt"},
	"a member twice":             {strings.Replace(lineOf(nth(1)), "{", `{"tier":"x",`, 1) + "\n", "1 corrupt"},
	"two in a line":              {lineOf(nth(1)) + lineOf(nth(2)) + "\n", "1 several"},
	"half and whole":             {lineOf(nth(1))[:100] + lineOf(nth(2)) + "\n", "1 several"},
	"a long line":                {strings.Repeat("x", 3*journal.MaxLine) + "\n" + lineOf(nth(1)) + "\n", "1 too_long"},
	"a mark":                     {"\ufeff" + lineOf(nth(1)) + "\n", "1 byte_order_mark"},
	"CRLF":                       {lineOf(nth(1)) + "\r\n" + lineOf(nth(2)) + "\r\n", "1 carriage_return, 2 carriage_return"},
	"an empty line":              {lineOf(nth(1)) + "\n\n \r\n", "2 empty_line, 3 empty_line"},
	"another tool":               {`{"time":1,"event":"x"}` + "\n[1]\n\"text\"\n" + lineOf(nth(1)) + "\n", "1 foreign, 2 foreign, 3 foreign"},
	"UTF-16":                     {"\xff\xfe{\x00\"\x00\n\x00", "1 corrupt, 2 torn_tail"},
	"a member edited":            {changed(nth(1), func(r *Record) { r.Tier = "pro" }) + "\n", "1 member_differs"},
	"two edited":                 {changed(nth(1), func(r *Record) { r.Name, r.Trial = "Eve", true }) + "\n", "1 member_differs, 1 member_differs"},
	"another spelling of a time": {changed(nth(1), func(r *Record) { r.ExpiresAt = strings.Replace(r.ExpiresAt, "Z", "+00:00", 1) }) + "\n", ""},
	"seven members":              {changed(nth(1), func(r *Record) { r.KeyID, r.Product = "", "" }) + "\n", "1 member_missing, 1 member_missing"},
	"what only the line says":    {changed(nth(1), func(r *Record) { r.Note, r.Order = "n", "o" }) + "\n", ""},
	"a license moved":            {lineOf(nth(1)) + "\n" + changed(nth(2), func(r *Record) { r.Blob = nth(1).Blob }) + "\n", "2 other_license, 2 same_license"},
	"licenses swapped": {
		changed(nth(1), func(r *Record) { r.Blob = nth(2).Blob }) + "\n" + changed(nth(2), func(r *Record) { r.Blob = nth(1).Blob }) + "\n",
		"1 other_license, 2 other_license",
	},
	"a flipped letter": {strings.Replace(lineOf(nth(1)), testKey+".e", testKey+".f", 1) + "\n", "1 bad_signature"},
	"no license":       {changed(nth(1), func(r *Record) { r.Blob = "x" }) + "\n", "1 bad_license"},
	"an older kind":    {changed(nth(1), func(r *Record) { r.Blob = "DTLIC1:x" }) + "\n", "1 other_kind"},
	"a former key":     {changed(nth(1), func(r *Record) { r.KeyID = foreignKey; *r = signed(*r) }) + "\n", "1 unknown_key"},
	"another product":  {changed(nth(1), func(r *Record) { r.Product = "other"; *r = signed(*r) }) + "\n", "1 other_product"},
	"another product under another key": {
		changed(nth(1), func(r *Record) { r.Product, r.KeyID = "other", foreignKey; *r = signed(*r) }) + "\n", "1 other_product",
	},
	"the same twice":       {lineOf(nth(1)) + "\n" + lineOf(nth(2)) + "\n" + lineOf(nth(1)) + "\n", "3 same_license, 3 out_of_order"},
	"lines swapped":        {lineOf(nth(2)) + "\n" + lineOf(nth(1)) + "\n", "2 out_of_order"},
	"a renewal":            {lineOf(nth(1)) + "\n" + lineOf(renewal(nth(1), 2, true)) + "\n", ""},
	"a renewal unsaid":     {lineOf(nth(1)) + "\n" + lineOf(renewal(nth(1), 2, false)) + "\n", "2 not_linked"},
	"a key for two people": {lineOf(nth(1)) + "\n" + changed(nth(2), func(r *Record) { r.LicenseKey = "K-1"; *r = signed(*r) }) + "\n", "2 key_twice"},
	"a key in capitals": {
		lineOf(nth(1)) + "\n" + changed(renewal(nth(1), 2, false), func(r *Record) { r.Name, r.Email = "zOË  1", "B1@example.com"; *r = signed(*r) }) + "\n", "2 not_linked",
	},
	"renewed on two computers": {
		lineOf(nth(1)) + "\n" + lineOf(renewal(nth(1), 2, true)) + "\n" + lineOf(renewal(nth(1), 3, true)) + "\n" + lineOf(renewal(nth(1), 4, true)) + "\n",
		"3 renewed_twice, 4 renewed_twice",
	},
	"a renewal of each renewal": {
		lineOf(nth(1)) + "\n" + lineOf(renewal(nth(1), 2, true)) + "\n" + lineOf(renewal(renewal(nth(1), 2, true), 3, true)) + "\n", "",
	},
	"the same renewal twice": {
		lineOf(nth(1)) + "\n" + lineOf(renewal(nth(1), 2, true)) + "\n" + lineOf(renewal(nth(1), 2, true)) + "\n", "3 same_license",
	},
	"renewed twice, and not there": {
		lineOf(renewal(nth(1), 2, true)) + "\n" + lineOf(renewal(nth(1), 3, true)) + "\n", "1 replaces_unknown, 2 replaces_unknown, 2 renewed_twice",
	},
	"replaces what is not there": {changed(nth(1), func(r *Record) { r.Replaces = strings.Repeat("0", 64) }) + "\n", "1 replaces_unknown"},
	"replaces another's":         {lineOf(nth(1)) + "\n" + changed(nth(2), func(r *Record) { r.Replaces = renewal(nth(1), 3, true).Replaces }) + "\n", "2 replaces_other"},
}

func TestCheckTellsThingsApart(t *testing.T) {
	for name, c := range checkCases {
		report := checked(t, logWith(t, c.text))
		if got := brief(report.Findings); got != c.want {
			t.Errorf("%s: found %s, want %s", name, got, c.want)
		}
		total := 0
		for _, n := range report.Counts {
			total += n
		}
		if total != len(report.Findings) || total != report.Errors()+report.Notes() {
			t.Errorf("%s: %d findings, counted %d: %d errors and %d notes", name, len(report.Findings), total, report.Errors(), report.Notes())
		}
		for _, f := range report.Findings {
			if strings.Contains(f.What, "DTLIC2:") || f.What == "" {
				t.Errorf("%s: it says %q", name, f.What)
			}
		}
	}
}

func TestCheckSaysBothValues(t *testing.T) {
	edited := changed(nth(1), func(r *Record) { r.Name = "Eve\x1b[31m" + strings.Repeat("ë", 500) })
	report := checked(t, logWith(t, edited+"\n"))
	if len(report.Findings) != 1 {
		t.Fatalf("found %v", report.Findings)
	}
	what := report.Findings[0].What
	if !strings.HasPrefix(what, `member "name" is "Eve\x1b[31më`) || !strings.HasSuffix(what, `…; the license says "Zoë 1"`) || len(what) > 200 {
		t.Errorf("it says %q", what)
	}
}

func TestCheckSaysWhereElseALicenseWasRenewed(t *testing.T) {
	report := checked(t, logWith(t, checkCases["renewed on two computers"].text))
	for _, f := range report.Findings {
		if want := "the license that it replaces was renewed in line 2 too"; f.What != want || !f.Class.IsNote() {
			t.Errorf("line %d, %s: %s; want a note: %s", f.Line, f.Class, f.What, want)
		}
	}
}

func TestCheckLooksAtTheRevocations(t *testing.T) {
	l := logWith(t, lineOf(nth(1))+"\n")
	act := func(key string, action Action) string {
		a := Act{LicenseKey: key, Action: action, At: "2026-11-21T12:00:00Z"}
		return string(a.Append(nil))
	}
	lines := []string{
		act("K-1", Revoke), act("K-2", Revoke), "nonsense", `{"event":"x"}`, act("K-1", Unrevoke) + "\r", "", act("K-3", Revoke), act("K-2", Unrevoke),
		lineOf(nth(1)), act("K-1", Revoke)[:30],
	}
	put(t, RevocationsPath(l.Path()), strings.Join(lines, "\n"))
	report := checked(t, l)
	want := "3 revoked_corrupt, 4 revoked_foreign, 5 revoked_carriage_return, 6 revoked_empty_line, 7 revoked_unknown, 8 revoked_unknown, 9 revoked_foreign, 10 revoked_torn_tail"
	if got := brief(report.Findings); got != want || report.Revocations != len(lines) || report.Errors() != 4 || report.Notes() != 4 {
		t.Errorf("found %s\nwant  %s\nin %d lines", got, want, report.Revocations)
	}
}

func TestCheckKeepsTheFirstFindingsAndCountsAll(t *testing.T) {
	bad := strings.Repeat("bad\n", maxFindings+5) + strings.Repeat(lineOf(nth(1))+"\r\n", maxFindings+7)
	report := checked(t, logWith(t, bad))
	if len(report.Findings) != 2*maxFindings || report.Counts[Corrupt] != maxFindings+5 || report.Counts[CarriageReturn] != maxFindings+7 ||
		report.Counts[SameLicense] != maxFindings+6 || report.Lines != 2*maxFindings+12 || report.Records != maxFindings+7 {
		t.Errorf("%d findings, counts %v, %d lines, %d records", len(report.Findings), report.Counts, report.Lines, report.Records)
	}
}

// A log with more licenses than are remembered at once is read part by part, and the
// findings are the same.
func TestCheckOfALongLogFindsTheSame(t *testing.T) {
	var text strings.Builder
	for n := range 3000 {
		r := nth(n)
		switch {
		case n%97 == 96:
			r = nth(n - 50)
		case n%89 == 88:
			r = renewal(nth(n-30), n, n%2 == 0)
		case n%79 > 76:
			r = renewal(nth(n-n%79), n, true)
		case n%83 == 82:
			r.LicenseKey = nth(n - 60).LicenseKey
			r = signed(r)
		}
		text.WriteString(lineOf(r) + "\n")
	}
	l := logWith(t, text.String())
	want, err := l.Check(context.Background(), testJudge(), nil)
	if err != nil || want.Errors() < 50 || want.Notes() < 40 {
		t.Fatalf("%d errors, %d notes, %v", want.Errors(), want.Notes(), err)
	}
	if want.Counts[RenewedTwice] < 30 {
		t.Fatalf("counts %v", want.Counts)
	}
	for _, slots := range []int{100, 1 << 9, 1 << 10, 3000} {
		bounds(t, slots, 5, 5)
		got, err := l.Check(context.Background(), testJudge(), nil)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("with %d slots: %v, counts %v, want %v", slots, err, got.Counts, want.Counts)
		}
	}
}

func TestCheckEndsWhenItIsInterrupted(t *testing.T) {
	var text strings.Builder
	for n := range 2000 {
		text.WriteString(lineOf(nth(n)) + "\n")
	}
	l := logWith(t, text.String())
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := l.Check(ctx, testJudge(), func(done, all int64) {
		if calls++; done <= 0 || done > all {
			t.Errorf("%d of %d", done, all)
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("%v after %d batches", err, calls)
	}
}

func TestCheckTellsAFaultFromAFinding(t *testing.T) {
	path := logWith(t, lineOf(nth(1))+"\n"+lineOf(nth(2))+"\n").Path()
	for at := 1; ; at++ {
		disk := faultfs.New(fsys.OS, faultfs.Fault{At: at})
		report, err := on(disk, path).Check(context.Background(), testJudge(), nil)
		if disk.Injected() == 0 {
			if at < 6 || err != nil || report.Records != 2 {
				t.Errorf("%d faults, then %v, %v", at-1, report, err)
			}
			return
		}
		if err == nil && (report.Records != 2 || len(report.Findings) > 0) {
			t.Errorf("fault %d of %q: %v", at, disk.Calls(), report)
		}
	}
}

// lateLock is a lock whose former holder does something before it lets go.
type lateLock struct {
	path    string
	letGo   func()
	waiting bool
}

func (l *lateLock) TryLock() (bool, error) {
	if l.waiting = !l.waiting; l.waiting {
		return false, nil
	}
	l.letGo()
	return true, os.WriteFile(l.path, nil, 0o600)
}

func (l *lateLock) Stat() (os.FileInfo, error) { return os.Stat(l.path) }
func (l *lateLock) Unlock() error              { return nil }

// While a mint writes its line, that line is unfinished and no damage.
func TestAMintInTheMiddleIsNoDamage(t *testing.T) {
	whole := lineOf(nth(1)) + "\n" + lineOf(nth(2)) + "\n"
	for rest, want := range map[string]string{"": "2 torn_tail", whole[len(whole)-100:]: ""} {
		l := logWith(t, whole[:len(whole)-100])
		l.journal.NewLock = func(path string) journal.Lock {
			return &lateLock{path: path, letGo: func() { put(t, l.Path(), whole[:len(whole)-100]+rest) }}
		}
		report := checked(t, l)
		if got := brief(report.Findings); got != want || report.Records != 1 || want == "" && report.Lines != 1 {
			t.Errorf("found %q, want %q, in %d lines", got, want, report.Lines)
		}
	}
}
