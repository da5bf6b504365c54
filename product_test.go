package dtlic_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
)

// productMembers is a product file that can be changed member by member.
func productMembers(tb testing.TB, changes members) members {
	tb.Helper()
	m := members{
		"format": 1, "product": "datatools", "title": "DataTools", "program": "dtlic-buyer", "support": "support@example.com",
		"license_key_prefix": "DT1", "env_prefix": "DATATOOLS", "directory": ".datatools",
		"keys":         []any{map[string]any{"public_key": publicKey(tb, privateKey(1)).String(), "role": "issuing"}},
		"tiers":        map[string]any{"core": map[string]any{"features": []string{"clean"}}},
		"default_tier": "core", "default_term": "1y",
	}
	for name, value := range changes {
		if m[name] = value; value == absent {
			delete(m, name)
		}
	}
	return m
}

const absent = raw("")

// productCase is a change of a product file.
type productCase struct {
	member  string // what the error has to name, "" where the file is taken
	changes members
}

func textCases() []productCase {
	return []productCase{
		{"", nil},
		{"", members{"unknown": []int{1}, "x_note": nil}},
		{"format", members{"format": 2}},
		{"format", members{"format": "1"}},
		{"format", members{"format": raw("1.0")}},
		{"product", members{"product": "DataTools"}},
		{"title", members{"title": ""}},
		{"title", members{"title": strings.Repeat("T", 65)}},
		{"", members{"title": strings.Repeat("é", 64)}},
		{"title", members{"title": "Data\u202eTools"}},
		{"title", members{"title": " DataTools"}},
		{"program", members{"program": "a/b"}},
		{"program", members{"program": "-rf"}},
		{"program", members{"program": "../x"}},
		{"program", members{"program": `C:\x`}},
		{"program", members{"program": "."}},
		{"program", members{"program": "notes."}},
		{"program", members{"program": "CON"}},
		{"program", members{"program": "nul"}},
		{"program", members{"program": "com1.exe"}},
		{"program", members{"program": "Lpt9.tar.gz"}},
		{"", members{"program": "console"}},
		{"", members{"program": "com10.exe"}},
		{"", members{"program": "notes.con"}},
		{"program", members{"program": strings.Repeat("p", 65)}},
		{"", members{"support": "https://example.com/help?a=1"}},
		{"support", members{"support": "http://example.com"}},
		{"support", members{"support": "https://"}},
		{"support", members{"support": "https://:443/help"}},
		{"support", members{"support": "https://example.com/a b"}},
		{"support", members{"support": "mailto:help@"}},
		{"support", members{"support": "javascript:alert(1)"}},
		{"support", members{"support": "nobody"}},
		{"support", members{"support": "a@b@c"}},
		{"support", members{"support": "@example.com"}},
		{"support", members{"support": "a b@example.com"}},
		{"support", members{"support": "a\u2003b@example.com"}},
		{"license_key_prefix", members{"license_key_prefix": "dt1"}},
		{"license_key_prefix", members{"license_key_prefix": "DT-1"}},
		{"license_key_prefix", members{"license_key_prefix": strings.Repeat("D", 17)}},
		{"", members{"license_key_prefix": strings.Repeat("D", 16)}},
		{"env_prefix", members{"env_prefix": "1DATA"}},
		{"env_prefix", members{"env_prefix": "_DATA"}},
		{"env_prefix", members{"env_prefix": "data"}},
		{"env_prefix", members{"env_prefix": "A=B"}},
		{"env_prefix", members{"env_prefix": "MY-NOTES"}},
		{"env_prefix", members{"env_prefix": strings.Repeat("D", 33)}},
		{"", members{"directory": "datatools"}},
		{"directory", members{"directory": ""}},
		{"directory", members{"directory": "."}},
		{"directory", members{"directory": ".."}},
		{"directory", members{"directory": "../x"}},
		{"directory", members{"directory": "/etc"}},
		{"directory", members{"directory": `a\b`}},
		{"directory", members{"directory": "C:"}},
		{"directory", members{"directory": "..."}},
		{"directory", members{"directory": ".notes."}},
		{"directory", members{"directory": "aux"}},
		{"directory", members{"directory": "Prn.d"}},
		{"directory", members{"directory": ".notes-creator"}},
		{"directory", members{"directory": ".Notes-CREATOR"}},
		{"directory", members{"directory": ".dtlic"}},
		{"directory", members{"directory": ".DTLIC"}},
		{"directory", members{"directory": ".ssh"}},
		{"directory", members{"directory": ".Config"}},
		{"directory", members{"directory": ".CACHE"}},
		{"", members{"directory": ".configs"}},
		{"", members{"directory": "ssh"}},
		{"", members{"directory": ".con"}}, // Windows knows no device without a name before the dot
		{"", members{"directory": ".notes-creators"}},
		{"directory", members{"directory": "." + strings.Repeat("d", 64)}},
	}
}

func keyCases(t *testing.T) []productCase {
	t.Helper()
	key := publicKey(t, privateKey(1)).String()
	trusts := func(keys ...any) members { return members{"keys": keys} }
	entry := func(key, role any) any { return map[string]any{"public_key": key, "role": role} }
	return []productCase{
		{"keys", trusts()},
		{"keys", members{"keys": map[string]any{}}},
		{"keys[0]", trusts(key)},
		{"public_key", trusts(entry(nil, "issuing"))},
		{"public_key", trusts(entry(key[1:], "issuing"))},
		{"role", trusts(entry(key, "Issuing"))},
		{"role", trusts(entry(key, ""))},
		{"role", trusts(map[string]any{"public_key": key})},
		{"issuing", trusts(entry(key, "root"))},
		{"role", trusts(map[string]any{"public_key": key, "role": "issuing", "Role": "root"})},
		{"keys[1]", trusts(entry(key, "issuing"), entry(strings.ToUpper(key), "issuing"))},
		{"keys[1]", trusts(entry(key, "issuing"), entry(key, "root"))},
		{"", trusts(entry(" "+strings.ToUpper(key)+" ", "issuing"))},
	}
}

func tierCases() []productCase {
	tiers := func(tier any) members { return members{"tiers": map[string]any{"core": tier}} }
	features := map[string]any{"features": []string{"clean"}}
	return []productCase{
		{"tiers", members{"tiers": []any{}}},
		{"tiers", members{"tiers": map[string]any{}}},
		{"tiers", tiers(nil)},
		{"features", tiers(map[string]any{})},
		{"features", tiers(map[string]any{"features": []string{}})},
		{"features", tiers(map[string]any{"features": []string{"a", "a"}})},
		{"features", tiers(map[string]any{"features": []string{"A"}})},
		{"features", tiers(map[string]any{"features": []int{1}})},
		{"features", tiers(map[string]any{"features": list(257)})},
		{"features", tiers(map[string]any{"features": nil})},
		{"features", tiers(map[string]any{"features": "a"})},
		{"features", tiers(map[string]any{"features": []string{"a"}, "Features": []string{"b"}})},
		{"limits", tiers(map[string]any{"features": []string{"a"}, "limits": nil})},
		{"limits", tiers(map[string]any{"features": []string{"a"}, "limits": []int{1}})},
		{"limits", tiers(map[string]any{"features": []string{"a"}, "Limits": map[string]any{"n": 1}})},
		{"limits", tiers(map[string]any{"features": []string{"a"}, "limits": map[string]any{"n": "1"}})},
		{"limit", tiers(map[string]any{"features": []string{"a"}, "limits": map[string]any{"n": -1}})},
		{"limit", tiers(map[string]any{"features": []string{"a"}, "limits": map[string]any{"N": 1}})},
		{"tiers", members{"tiers": map[string]any{"core": features, "Gold": features}}},
		{"default_tier", members{"default_tier": "gold"}},
		{"default_term", members{"default_term": "1 year"}},
		{"", members{"trial": map[string]any{"days": 14, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 0, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 3661, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 1<<32 + 1, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 14, "tier": "core", "Days": 30}}},
		{"trial", members{"trial": map[string]any{"days": "14", "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 14, "tier": "gold"}}},
		{"trial", members{"trial": map[string]any{"days": 14, "tier": "core", "limits": map[string]any{"n": 0.5}}}},
		{"trial", members{"trial": nil}},
	}
}

func TestProductMembers(t *testing.T) {
	cases := slices.Concat(textCases(), keyCases(t), tierCases())
	for name := range productMembers(t, nil) {
		for _, value := range []any{absent, nil, 3.5} {
			cases = append(cases, productCase{name, members{name: value}})
		}
		cases = append(cases, productCase{name, members{strings.ToUpper(name): 1}})
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%.60v", c.changes), func(t *testing.T) {
			p, err := dtlic.ParseProduct([]byte(productMembers(t, c.changes).json(t)))
			switch {
			case c.member == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.member != "" && err == nil:
				t.Errorf("taken")
			case c.member != "" && (!strings.Contains(err.Error(), c.member) || !reflect.DeepEqual(p, dtlic.Product{})):
				t.Errorf("%v does not name %s, or comes with %+v", err, c.member, p)
			}
		})
	}
}

func TestProductFileAsText(t *testing.T) {
	text := productMembers(t, nil).json(t)
	fill := func(n int) string { return text[:len(text)-1] + strings.Repeat(" ", n-len(text)) + "}" }
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"as it is", text, true},
		{"with space round it", "\n\t" + text + "\r\n", true},
		{"7 KiB", fill(dtlic.MaxProductFile), true},
		{"a byte more", fill(dtlic.MaxProductFile + 1), false},
		{"a member twice", text[:len(text)-1] + `,"title":"DataTools"}`, false},
		{"a member twice, escaped", text[:len(text)-1] + `,"t\u0069tle":"DataTools"}`, false},
		{"a member twice, nested", text[:len(text)-1] + `,"x":{"a":1,"a":1}}`, false},
		{"byte-order mark", "\ufeff" + text, false},
		{"not UTF-8", strings.Replace(text, "DataTools", "Data\xffTools", 1), false},
		{"trailing data", text + "{}", false},
		{"a list", "[" + text + "]", false},
		{"empty", "", false},
		{"null", "null", false},
	} {
		if _, err := dtlic.ParseProduct([]byte(c.text)); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// What is wrong is said with the member and the rule, and where the file is no
// JSON with the place.
func TestProductErrors(t *testing.T) {
	text := productMembers(t, nil).json(t)
	with := func(changes members) string { return productMembers(t, changes).json(t) }
	tiers := func(tier any) string { return with(members{"tiers": map[string]any{"core": tier}}) }
	for _, c := range []struct{ text, want string }{
		{"", "line 1, column 1: not well-formed JSON: a value is missing"},
		{"{\n  \"format\": 1\n  \"title\": \"T\"\n}", "line 3, column 3: not well-formed JSON: a comma or the end of a list or object is missing"},
		{"{\n  \"format\": 1,\n}", "line 3, column 1: not well-formed JSON: a member's name is missing"},
		{"{\r\n\t\"é\": 1, \"x\" 2}", "line 2, column 14: not well-formed JSON: a colon is missing"},
		{"{\"a\": 1,\n \"title\": 1, \"t\\u0069tle\": 2}", `line 2, column 14: member "title" stands twice`},
		{"{\n\"tiers\": {\"a\": {},\n\"a\": {}}}", `line 3, column 1: member "a" stands twice`},
		{text + "\n}", "line 2, column 1: not well-formed JSON: something follows the value"},
		{"\ufeff" + text, "it begins with a byte-order mark: save it as UTF-8 without one"},
		{"\xff\xfe{\x00", "not valid UTF-8"},
		{text + strings.Repeat(" ", dtlic.MaxProductFile), fmt.Sprintf("it has %d bytes, more than 7168", len(text)+dtlic.MaxProductFile)},
		{"[]", "it is no JSON object"},
		{with(members{"Title": "T"}), "a member differs from title only by case"},
		{with(members{"title": nil}), "title must be a string"},
		{with(members{"keys": absent}), "keys is missing"},
		{with(members{"program": `C:\x`}), "program must be a plain file name, not a path: 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit"},
		{with(members{"program": "com1.exe"}), "program must not be COM1: that is a device on Windows"},
		{with(members{"program": "notes."}), "program must not end in a dot: Windows drops it"},
		{with(members{"directory": ".."}), "directory must be one plain name below the home directory, such as .datatools, of at most 63 characters behind the dot"},
		{with(members{"directory": ".Config"}), "directory must not be .config: other programs keep their files there"},
		{with(members{"tiers": map[string]any{}}), "tiers must not be empty"},
		{with(members{"directory": ".notes-creator"}), "directory must not be .dtlic or end in -creator: the creator's own files lie there"},
		{with(members{"env_prefix": "MY-NOTES"}), "env_prefix must be 1 to 32 of A-Z 0-9 _ and begin with a letter"},
		{with(members{"support": "nobody"}), "support must be a mail address or an https:// address"},
		{with(members{"keys": []any{}}), "keys must hold a key of role issuing"},
		{with(members{"keys": []any{map[string]any{"public_key": "00", "role": "issuing"}}}), "keys[0] public_key: a public key is 64 hex digits"},
		{tiers(3), `tiers of "core": must be an object`},
		{tiers(map[string]any{}), `tiers of "core": features is missing`},
		{tiers(map[string]any{"features": []string{}}), `tier "core": features must not be empty`},
		{tiers(map[string]any{"features": []string{"a"}, "Limits": 1}), `tiers of "core": a member differs from limits only by case`},
		{with(members{"default_tier": "gold"}), "default_tier must be one of tiers: core"},
	} {
		_, err := dtlic.ParseProduct([]byte(c.text))
		if err == nil || err.Error() != "product file: "+c.want {
			t.Errorf("%.60q: %v, want %s", c.text, err, c.want)
		}
	}
}

// The development key is taken, so that a checkout can be tried, and is what
// makes a product unfit to be shipped.
func TestProductFileWithDevelopmentKey(t *testing.T) {
	file := productMembers(t, members{"keys": []any{map[string]any{"public_key": dtlic.DevelopmentKey, "role": "issuing"}}}).json(t)
	p, err := dtlic.ParseProduct([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := dtlic.AssertProductionSafe(p); dtlic.CodeOf(err) != dtlic.CodeUnsafeBuild {
		t.Errorf("it may be shipped: %v", err)
	}
}

func TestProductFileRoundTrip(t *testing.T) {
	p := product(t)
	p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: publicKey(t, privateKey(2)), Role: dtlic.RoleRoot})
	p.Trial = &dtlic.Trial{Days: 14, Tier: "lite", Limits: map[string]int64{"rows": 10}}
	p.Title = "Dät<a>&Tools"
	file, err := p.File()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := dtlic.ParseProduct(file); err != nil || !reflect.DeepEqual(p, again) {
		t.Errorf("%v\n%+v\n%+v", err, p, again)
	}
	p.Title = "Data\xffTools"
	if _, err := p.File(); err == nil {
		t.Error("a title that is not UTF-8 is written")
	}
}

// A product that fits only without indentation is written without.
func TestLongProductFile(t *testing.T) {
	p := product(t)
	var features []string
	for i := range 250 {
		features = append(features, fmt.Sprintf("feature-number-%03d", i))
	}
	p.Tiers = map[string]dtlic.Tier{"core": {Features: features}}
	file, err := p.File()
	if err != nil || len(file) > dtlic.MaxProductFile || strings.Contains(string(file), "  ") {
		t.Errorf("%d bytes, %v", len(file), err)
	}
	p.Tiers["more"] = dtlic.Tier{Features: features}
	if _, err := p.File(); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("over the limit: %v", err)
	}
}

func TestProductLists(t *testing.T) {
	p := product(t)
	p.Tiers["also"] = dtlic.Tier{Features: []string{"merge"}}
	if got := strings.Join(p.TierNames(), " "); got != "also lite core" {
		t.Errorf("tiers %s", got)
	}
	if got := strings.Join(p.Features(), " "); got != "clean join merge" {
		t.Errorf("features %s", got)
	}
}

func TestTerms(t *testing.T) {
	start := at("2028-02-29T10:20:30Z")
	for _, c := range []struct{ term, start, end string }{
		{"1y", "2026-11-21T12:00:00Z", "2027-11-21T12:00:00Z"},
		{"1y", "2028-02-29T10:20:30Z", "2029-02-28T10:20:30Z"},
		{"4y", "2028-02-29T10:20:30Z", "2032-02-29T10:20:30Z"},
		{"72y", "2028-02-29T10:20:30Z", "2100-02-28T10:20:30Z"},
		{"1y", "2027-02-28T00:00:00Z", "2028-02-28T00:00:00Z"},
		{"1y", "2026-12-31T23:00:00-02:00", "2028-01-01T01:00:00Z"},
		{"1000y", "2026-11-21T12:00:00Z", "3026-11-21T12:00:00Z"},
		{"1d", "2028-02-28T10:20:30Z", "2028-02-29T10:20:30Z"},
		{"90d", "2026-11-21T12:00:00Z", "2027-02-19T12:00:00Z"},
		{"366000d", "2026-11-21T12:00:00Z", "3028-12-18T12:00:00Z"},
		{"perpetual", "2026-11-21T12:00:00Z", "9999-12-31T23:59:59Z"},
	} {
		term, err := dtlic.ParseTerm(c.term)
		if err != nil {
			t.Errorf("%s: %v", c.term, err)
			continue
		}
		if got := term.End(at(c.start)); !got.Equal(at(c.end)) || got.Location() != time.UTC {
			t.Errorf("%s from %s ends %v, want %s", c.term, c.start, got, c.end)
		}
	}
	if days := (dtlic.Term{Days: 366_000}).End(start).Unix() - start.Unix(); days != 366_000*86_400 {
		t.Errorf("366,000 days are %d seconds", days)
	}
	for _, text := range []string{
		"", "y", "d", "1", "0y", "0d", "1001y", "366001d", "-1y", "+1y", "1.5y", "1Y", "1w", " 1y", "1y ", "01y", "1y1d",
		"Perpetual", "1\u0660y", "99999999999999999999d",
	} {
		if term, err := dtlic.ParseTerm(text); err == nil {
			t.Errorf("%q is taken: %+v", text, term)
		}
	}
}
