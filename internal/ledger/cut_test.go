package ledger

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/dtlic/dtlic/internal/journal"
)

// checkCut compares cut with Parse: what it takes Parse takes too, and reads the
// same.
func checkCut(t *testing.T, line string) (taken bool) {
	t.Helper()
	var got Record
	n := cut(line, &got)
	if n == 0 {
		return false
	}
	line, _, more := strings.Cut(line, "\n")
	if n != len(line) {
		t.Errorf("%q has %d bytes, and was cut at %d (more: %v)", line, len(line), n, more)
		return true
	}
	if want, err := Parse([]byte(line)); err != nil || got != want {
		t.Errorf("%q was cut into %+v; it is %+v, %v", line, got, want, err)
	}
	return true
}

// TestCutTakesWhatIsWritten makes sure that the usual lines take the fast way.
func TestCutTakesWhatIsWritten(t *testing.T) {
	plain := sample()
	plain.Name = "Zoë <Q> & 'Söhne' GmbH"
	full := plain
	full.StartsAt, full.UpdatesUntil, full.Trial, full.Order, full.Replaces, full.Note = "s", "u", true, "o", "r", "n\u00a0\u3000"
	full.Blob = strings.Repeat("x", 10_000) + " ! " + strings.Repeat("y", 100)
	for _, r := range []Record{plain, full, {}, {Note: "n"}, {Trial: true}} {
		line := string(r.Append(nil))
		spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(line)
		for _, line := range []string{line, spaced, line + "\n", line + "\nmore"} {
			if !checkCut(t, line) {
				t.Errorf("not taken: %q", line)
			}
		}
		older := `{"license_key":"K","name":"N","email":"e","tier":"t","issued_at":"i","expires_at":"x","blob":"b"}`
		if !checkCut(t, older) {
			t.Errorf("not taken: %q", older)
		}
	}
}

// TestCutLeavesTheRest goes through every change of one byte.
func TestCutLeavesTheRest(t *testing.T) {
	r := sample()
	r.Name, r.Trial, r.Note = "Zoë", true, strings.Repeat("n", 70)
	line := r.Append(nil)
	left := 0
	for i := range line {
		for c := range 256 {
			changed := append([]byte(nil), line...)
			changed[i] = byte(c)
			if !checkCut(t, string(changed)) {
				left++
			}
		}
		for _, more := range []string{" ", "\x00", `"`, `\`, "\xc3", "\r", "}", ","} {
			checkCut(t, string(line[:i])+more+string(line[i:]))
		}
		if checkCut(t, string(line[:i])) {
			t.Errorf("%q is not whole, and was taken", line[:i])
		}
	}
	if left < 1000 {
		t.Errorf("only %d changed lines were left", left)
	}
}

func FuzzCut(f *testing.F) {
	full := sample()
	full.Name, full.StartsAt, full.Trial, full.Note = "Zoë", "s", true, strings.Repeat("note ", 30)
	taken := 0
	for _, seed := range []string{
		string(full.Append(nil)), string(sample().Append(nil)), "{" + seven + "}", "{" + seven + `,"trial":true}` + "\n{}",
		"{" + seven + `, "trial": false, "note": ""}`, "{" + seven + `,"key_id":"a","key_id":"b"}`, "{" + seven + `,"product":"a\u0020"}`,
	} {
		f.Add(seed)
		if cut(seed, new(Record)) > 0 {
			taken++
		}
	}
	if taken < 4 {
		f.Fatalf("only %d seeds are taken: the comparison would never be made", taken)
	}
	f.Fuzz(func(t *testing.T, line string) { checkCut(t, line) })
}

// checkProbe makes sure that a probe finds each line with the text in it.
func checkProbe(t *testing.T, name, text string) {
	t.Helper()
	line := string(Record{LicenseKey: "K", Name: name, Blob: "QUJDada0Kk"}.Append(nil)) + "\n"
	record, err := Parse([]byte(strings.TrimSuffix(line, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	block := journal.Block{Text: []byte("{}\n" + line + line), Lines: 3}
	for _, exact := range []bool{false, true} {
		found := 0
		newProbe(text, exact).read(&block, func(r *reading) {
			if r.index > 0 && r.err == nil && r.Name == record.Name {
				found++
			}
		})
		holds := contains(record.Name, fold(text))
		if exact {
			holds = strings.Contains(record.Name, text)
		}
		if holds && found != 2 {
			t.Errorf("exact %v: %q in %q was found %d times", exact, text, name, found)
		}
	}
}

func TestProbeFindsEveryPartOfEveryName(t *testing.T) {
	for _, name := range nasty {
		for _, written := range []string{name, strings.ToUpper(name), strings.ToLower(name), "x" + name + "\u017f"} {
			for i := range written {
				for j := i + 1; j <= len(written); j++ {
					checkProbe(t, name, written[i:j])
				}
			}
		}
	}
}

func FuzzProbe(f *testing.F) {
	held := 0
	for _, seed := range [][2]string{{"Ada Buyer", "a b"}, {"\u212aess\u017f", "kesss"}, {"Zoë", "OË"}, {`"Q"\`, `"\`}, {"日本 太郎", "本"}, {"a@b", "A@B"}} {
		f.Add(seed[0], seed[1])
		if contains(seed[0], fold(seed[1])) {
			held++
		}
	}
	if held < 5 {
		f.Fatalf("only %d seeds hold their text: the probe would never be tried", held)
	}
	f.Fuzz(checkProbe)
}

func TestFoldIsSimpleFolding(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 {
			continue
		}
		text := string(r)
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if fold(string(f)) != fold(text) {
				t.Errorf("%U and %U fold to %q and %q", r, f, fold(text), fold(string(f)))
			}
		}
		if !strings.EqualFold(fold(text), text) || fold(fold(text)) != fold(text) {
			t.Errorf("%U folds to %q", r, fold(text))
		}
		for _, around := range []string{"", "abcdefg", "abcdefgh", "ABC"} {
			if text := around + text + around; isFolded(text) && fold(text) != text {
				t.Errorf("%q counts as folded, and folds to %q", text, fold(text))
			}
		}
	}
	if !isFolded("holder.133330@example.com[`{") {
		t.Error("a usual address does not count as folded")
	}
}

func TestInstantIsTheTime(t *testing.T) {
	check := func(text string) {
		t.Helper()
		want, err := time.Parse(time.RFC3339, text)
		if err != nil {
			want = time.Time{}
		}
		got := instant(text)
		month := -1
		if !want.IsZero() {
			month = want.UTC().Year()*12 + int(want.UTC().Month()) - 1
		}
		if !got.Equal(want) || monthOf(text, got) != month {
			t.Errorf("%q is %v, want %v; month %d, want %d", text, got, want, monthOf(text, got), month)
		}
	}
	for day := time.Date(0, 1, 1, 23, 59, 58, 0, time.UTC); day.Year() < 10000; day = day.AddDate(0, 0, 13) {
		check(day.Format(time.RFC3339))
	}
	for _, year := range []string{"0000", "1900", "1999", "2000", "2023", "2024", "2100", "9999"} {
		for month := range 14 {
			for day := range 33 {
				check(year + "-" + twice(month) + "-" + twice(day) + "T00:00:00Z")
			}
		}
	}
	const usual = "2026-11-21T23:59:59Z"
	for i := range usual {
		for c := range 256 {
			check(usual[:i] + string([]byte{byte(c)}) + usual[i+1:])
		}
	}
	for _, text := range []string{
		"", "yesterday", "2026-11-21T24:00:00Z", "2026-11-21T23:60:00Z", "2026-11-21T23:59:60Z", "2026-11-21t23:59:59z", "2026-11-21 23:59:59Z",
		"2026-11-21T23:59:59+00:00", "2026-12-31T23:59:59-01:00", "2026-11-21T23:59:59.5Z", "2026-11-21T2:59:59Z", "2026-1:-21T23:59:59Z", "+026-11-21T23:59:59Z",
		"2026-11-21T23:59:59Zx", "0001-01-01T00:00:00Z",
	} {
		check(text)
	}
}

func twice(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func TestTableKeepsTheGreatestOfMany(t *testing.T) {
	for seed := range uint64(200) {
		chance := rand.New(rand.NewPCG(seed, 5))
		bounds(t, 8+chance.IntN(100), 5, 5)
		texts := chance.IntN(500)
		table := newTable(int64(chance.IntN(1000)), true)
		want, got := make(map[uint64]uint64), make(map[uint64]uint64)
		for first := true; first || table.again(); first = false {
			for i := range 2 * texts {
				key := table.fingerprint(twice(i % (texts/2 + 1)))
				value := uint64(i*7919) % 1000
				want[key] = max(want[key], value)
				if slot, found := table.find(key); slot >= 0 && (!found || value > table.values[slot]) {
					table.values[slot] = value
				}
			}
			used := 0
			for slot, key := range table.keys {
				if key == 0 {
					continue
				}
				used++
				if _, twice := got[key]; twice {
					t.Errorf("seed %d: %x is in two passes", seed, key)
				}
				got[key] = table.values[slot]
			}
			if used != table.used {
				t.Errorf("seed %d: %d slots are used, %d counted", seed, used, table.used)
			}
		}
		if len(got) != len(want) {
			t.Errorf("seed %d: %d texts, want %d", seed, len(got), len(want))
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("seed %d: %x has %d, want %d", seed, key, got[key], value)
			}
		}
	}
}
