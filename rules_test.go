package dtlic_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
)

// Every rule of the payload that the vectors do not reach, or only in part.
// Want is nil where the license holds.

type rule struct {
	name    string
	changes members
	want    error
}

func testRules(t *testing.T, rules []rule) {
	t.Helper()
	v := verifier(t, product(t))
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			_, err := v.Verify(signed(t, r.changes))
			if !errors.Is(err, r.want) {
				t.Errorf("got %v, want %v", err, r.want)
			}
		})
	}
}

// names gives rules for a member that holds a name.
func namesOf(member string, set func(string) any, also error) (rules []rule) {
	for _, c := range []struct {
		name string
		want error
	}{
		{"a", also},
		{"0", also},
		{"a.b_c-d", also},
		{"a--", also},
		{strings.Repeat("n", 64), also},
		{strings.Repeat("n", 65), dtlic.ErrMalformed},
		{"", dtlic.ErrMalformed},
		{".a", dtlic.ErrMalformed},
		{"_a", dtlic.ErrMalformed},
		{"-a", dtlic.ErrMalformed},
		{"A", dtlic.ErrMalformed},
		{"aB", dtlic.ErrMalformed},
		{"a b", dtlic.ErrMalformed},
		{"a/b", dtlic.ErrMalformed},
		{"a:b", dtlic.ErrMalformed},
		{"a@b", dtlic.ErrMalformed},
		{"a[b", dtlic.ErrMalformed},
		{"a`b", dtlic.ErrMalformed},
		{"a{b", dtlic.ErrMalformed},
		{"ä", dtlic.ErrMalformed},
		{"a\x00", dtlic.ErrMalformed},
		{"a\n", dtlic.ErrMalformed},
	} {
		rules = append(rules, rule{fmt.Sprintf("%s %.20q", member, c.name), members{member: set(c.name)}, c.want})
	}
	return rules
}

func TestNames(t *testing.T) {
	text := func(s string) any { return s }
	list := func(s string) any { return []string{"first", s} }
	limit := func(s string) any { return map[string]int{s: 1} }
	testRules(t, namesOf("tier", text, nil))
	testRules(t, namesOf("product", text, dtlic.ErrWrongProduct))
	testRules(t, namesOf("profile", text, dtlic.ErrUnsupportedCritical))
	testRules(t, namesOf("features", list, nil))
	testRules(t, namesOf("limits", limit, nil))
}

func TestLicenseKeys(t *testing.T) {
	for key, want := range map[string]error{
		"A": nil, "z": nil, "9": nil, "aB.c_D-1": nil, strings.Repeat("K", 64): nil,
		strings.Repeat("K", 65): dtlic.ErrMalformed, ".A": dtlic.ErrMalformed, "_A": dtlic.ErrMalformed,
		"-A": dtlic.ErrMalformed, "A B": dtlic.ErrMalformed, "A/B": dtlic.ErrMalformed, "Ä": dtlic.ErrMalformed,
	} {
		testRules(t, []rule{{fmt.Sprintf("%.20q", key), members{"license_key": key}, want}})
	}
}

// Both ends of each range that no holder may have, and their neighbors.
func TestRefusedRunes(t *testing.T) {
	refused := [][2]rune{
		{0x0000, 0x001f},
		{0x007f, 0x009f},
		{0x00ad, 0x00ad},
		{0x0600, 0x0605},
		{0x061c, 0x061c},
		{0x06dd, 0x06dd},
		{0x070f, 0x070f},
		{0x0890, 0x0891},
		{0x08e2, 0x08e2},
		{0x180e, 0x180e},
		{0x200b, 0x200b},
		{0x200e, 0x200f},
		{0x2028, 0x202e},
		{0x2060, 0x206f},
		{0xfeff, 0xfeff},
		{0xfff9, 0xfffb},
		{0x110bd, 0x110bd},
		{0x110cd, 0x110cd},
		{0x13430, 0x1343f},
		{0x1bca0, 0x1bca3},
		{0x1d173, 0x1d17a},
		{0xe0001, 0xe0001},
		{0xe0020, 0xe007f},
	}
	inName := map[rune]error{}
	for _, r := range refused {
		for _, neighbor := range []rune{r[0] - 1, r[1] + 1} {
			if neighbor >= 0 {
				inName[neighbor] = nil
			}
		}
	}
	for _, r := range refused {
		inName[r[0]], inName[(r[0]+r[1])/2], inName[r[1]] = dtlic.ErrMalformed, dtlic.ErrMalformed, dtlic.ErrMalformed
	}
	var rules []rule
	for r, want := range inName {
		inEmail := want
		if r == 0x200c || r == 0x200d { // joiners: allowed in names only
			inEmail = dtlic.ErrMalformed
		}
		rules = append(rules,
			rule{fmt.Sprintf("name with U+%04X", r), members{"name": "A" + string(r) + "B"}, want},
			rule{fmt.Sprintf("email with U+%04X", r), members{"email": "a" + string(r) + "b@example.com"}, inEmail})
	}
	if len(rules) < 100 {
		t.Errorf("%d rules, want 100 and more", len(rules))
	}
	testRules(t, rules)
}

func TestOuterSpaces(t *testing.T) {
	var rules []rule
	for r, want := range map[rune]error{
		' ': dtlic.ErrMalformed, 0xa0: dtlic.ErrMalformed, 0x1680: dtlic.ErrMalformed, 0x2000: dtlic.ErrMalformed,
		0x2005: dtlic.ErrMalformed, 0x200a: dtlic.ErrMalformed, 0x202f: dtlic.ErrMalformed, 0x205f: dtlic.ErrMalformed,
		0x3000: dtlic.ErrMalformed, 0x1fff: nil, 0x205e: nil, 0x2fff: nil, 0x3001: nil, 0xa1: nil, '!': nil,
	} {
		rules = append(rules,
			rule{fmt.Sprintf("name begins with U+%04X", r), members{"name": string(r) + "A"}, want},
			rule{fmt.Sprintf("name ends with U+%04X", r), members{"name": "A" + string(r)}, want},
			rule{fmt.Sprintf("name has U+%04X inside", r), members{"name": "A" + string(r) + "B"}, nil},
			rule{fmt.Sprintf("email ends with U+%04X", r), members{"email": "a@b" + string(r)}, want})
	}
	testRules(t, rules)
}

func TestLengths(t *testing.T) {
	testRules(t, []rule{
		{"name of 200 letters", members{"name": strings.Repeat("é", 200)}, nil},
		{"name of 201 letters", members{"name": strings.Repeat("é", 201)}, dtlic.ErrMalformed},
		{"email of 254", members{"email": strings.Repeat("e", 242) + "@example.com"}, nil},
		{"email of 254 wide", members{"email": strings.Repeat("é", 242) + "@example.com"}, nil},
		{"email of 255", members{"email": strings.Repeat("e", 243) + "@example.com"}, dtlic.ErrMalformed},
		{"email of one character", members{"email": "e"}, nil},
		{"name a joiner and a letter", members{"name": "\u200ca"}, nil},
		{"name of two joiners", members{"name": "\u200c\u200d"}, dtlic.ErrMalformed},
	})
}

// list makes n different texts.
func list(n int) []string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf("f%d", i)
	}
	return items
}

func limitsOf(n int) map[string]int {
	limits := make(map[string]int, n)
	for _, name := range list(n) {
		limits[name] = 1
	}
	return limits
}

func TestCounts(t *testing.T) {
	testRules(t, []rule{
		{"256 features", members{"features": list(256)}, nil},
		{"257 features", members{"features": list(257)}, dtlic.ErrMalformed},
		{"no feature", members{"features": []string{}}, nil},
		{"64 limits", members{"limits": limitsOf(64)}, nil},
		{"65 limits", members{"limits": limitsOf(65)}, dtlic.ErrMalformed},
		{"16 machines", members{"machines": list(16)}, dtlic.ErrUnsupportedCritical},
		{"17 machines", members{"machines": list(17)}, dtlic.ErrMalformed},
		{"no machine", members{"machines": []string{}}, dtlic.ErrMalformed},
		{"an empty machine", members{"machines": []string{""}}, dtlic.ErrMalformed},
		{"a machine twice", members{"machines": []string{"m", "m"}}, dtlic.ErrMalformed},
		{"machines a string", members{"machines": "m"}, dtlic.ErrMalformed},
		{"machines null", members{"machines": nil}, dtlic.ErrMalformed},
		{"64 crit", members{"crit": append(list(63), "name")}, dtlic.ErrUnsupportedCritical},
		{"65 crit", members{"crit": list(65)}, dtlic.ErrMalformed},
		{"crit of all that is understood", members{"crit": append(order[:12:12], "crit")}, nil},
		{"crit of machines, absent", members{"crit": []string{"machines"}}, dtlic.ErrUnsupportedCritical},
		{"crit of a creator's member", members{"x_a": 1, "crit": []string{"x_a"}}, dtlic.ErrUnsupportedCritical},
		{"valid_days 1", members{"valid_days": 1}, dtlic.ErrUnsupportedCritical},
		{"valid_days 3660", members{"valid_days": 3660}, dtlic.ErrUnsupportedCritical},
		{"valid_days 3661", members{"valid_days": 3661}, dtlic.ErrMalformed},
		{"valid_days -1", members{"valid_days": -1}, dtlic.ErrMalformed},
		{"valid_days 2^32+1", members{"valid_days": 1<<32 + 1}, dtlic.ErrMalformed},
		{"valid_days 1.0", members{"valid_days": raw("1.0")}, dtlic.ErrMalformed},
		{"valid_days text", members{"valid_days": "1"}, dtlic.ErrMalformed},
		{"trial true", members{"trial": true}, nil},
		{"trial false", members{"trial": false}, nil},
		{"trial 1", members{"trial": 1}, dtlic.ErrMalformed},
		{"trial null", members{"trial": nil}, dtlic.ErrMalformed},
	})
}

func TestNullIsNoValue(t *testing.T) {
	for _, name := range order {
		testRules(t, []rule{{name, members{name: nil}, dtlic.ErrMalformed}})
	}
	testRules(t, []rule{{"unknown", members{"unknown": nil}, nil}})
}

func TestTimes(t *testing.T) {
	var rules []rule
	for text, want := range map[string]error{
		"1970-01-01T00:00:00Z": nil, "9999-12-31T23:59:59Z": nil, "2024-02-29T00:00:00Z": nil, "2000-02-29T00:00:00Z": nil,
		"2100-02-29T00:00:00Z": dtlic.ErrMalformed, "1969-12-31T23:59:59Z": dtlic.ErrMalformed,
		"2026-00-01T00:00:00Z": dtlic.ErrMalformed, "2026-13-01T00:00:00Z": dtlic.ErrMalformed,
		"2026-01-00T00:00:00Z": dtlic.ErrMalformed, "2026-01-32T00:00:00Z": dtlic.ErrMalformed,
		"2026-04-31T00:00:00Z": dtlic.ErrMalformed, "2026-01-01T24:00:00Z": dtlic.ErrMalformed,
		"2026-01-01T00:60:00Z": dtlic.ErrMalformed, "2026-01-01T00:00:60Z": dtlic.ErrMalformed,
		"2026-01-01T00:00:00z": dtlic.ErrMalformed, "2026-01-01t00:00:00Z": dtlic.ErrMalformed,
		"2026-01-01T00:00:00": dtlic.ErrMalformed, "2026-01-01T00:00Z": dtlic.ErrMalformed,
		" 2026-01-01T00:00:00Z": dtlic.ErrMalformed, "2026-01-01T00:00:00Z ": dtlic.ErrMalformed,
		"2026-1-01T000:00:00Z": dtlic.ErrMalformed, "-026-01-01T00:00:00Z": dtlic.ErrMalformed, "": dtlic.ErrMalformed,
	} {
		rules = append(rules, rule{fmt.Sprintf("updates_until %q", text), members{"updates_until": text}, want})
	}
	rules = append(rules,
		rule{"starts at its end", members{"starts_at": "2027-11-01T00:00:00Z"}, dtlic.ErrMalformed},
		rule{"starts a second before its end", members{"starts_at": "2027-10-31T23:59:59Z"}, dtlic.ErrNotYetValid},
		rule{"starts before it was issued", members{"starts_at": "1970-01-01T00:00:00Z"}, nil},
		rule{"ends a second after it was issued", members{"issued_at": "2026-11-21T12:00:00Z", "expires_at": "2026-11-21T12:00:01Z"}, nil},
		rule{"issued in 1970", members{"issued_at": "1970-01-01T00:00:00Z"}, nil},
	)
	testRules(t, rules)
}

func TestNamesInAnotherCase(t *testing.T) {
	for _, name := range order {
		testRules(t, []rule{{strings.ToUpper(name), members{strings.ToUpper(name): "x"}, dtlic.ErrMalformed}})
	}
	testRules(t, []rule{
		{"long s", members{"feature\u017f": 1}, dtlic.ErrMalformed},
		{"Kelvin sign", members{"license_\u212aey": 1}, dtlic.ErrMalformed},
		{"dotless i folds to no i", members{"cr\u0131t": 1}, nil},
		{"in a nested object", members{"x_a": raw(`{"NAME":1}`)}, nil},
		{"of a creator's member", members{"x_a": 1, "X_A": 2}, nil},
	})
}
